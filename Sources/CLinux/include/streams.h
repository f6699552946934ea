/* Standard error, when libraries write to it as well. */
#pragma once

/* Keeps all that is written to standard error from now on from its reader, in memory. If the program crashes, the end of it,
 * and so what the crash says of itself, is written to the descriptor `errors`. 0, or the negative errno. */
int linux_hide_errors(int errors);
