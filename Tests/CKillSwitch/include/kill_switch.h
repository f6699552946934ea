/* Preloaded in front of a program, ends it with SIGKILL right before one of its changes to the disk: a sync, a new name, a
   removal, a date, a piece of a file. So a test can walk through all moments at which a run can die.

   KILL_SWITCH_AT     the number of that change, from 1
   KILL_SWITCH_COUNT  a file that gets the number of all changes when the program ends by itself
   KILL_SWITCH_LOG    a file that gets a line for each fsync and unlinkat before it is done, with its path */
#ifndef KILL_SWITCH_H
#define KILL_SWITCH_H

#endif
