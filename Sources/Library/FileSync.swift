// What `import FileSync` gives a program: storages, the journal, plans, runs and their events.

@_exported public import Journal
@_exported public import LocalStorage
@_exported public import MTPStorage
@_exported public import Storage
@_exported public import SyncEngine
