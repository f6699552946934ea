// FileSyncCommands
