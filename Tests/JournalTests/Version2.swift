/// A journal of the second version, as its program left it after one run (sqlite3 .dump), and with it a second run that
/// died; the folders are named anew.
enum Version2 {
  static let dump = """
    PRAGMA application_id = 1179875694;
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO grdb_migrations VALUES('1');
    INSERT INTO grdb_migrations VALUES('2');
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    INSERT INTO meta VALUES('uuid','350285C3-F619-4FDB-9CB2-628AE69B3206');
    CREATE TABLE device(id INTEGER PRIMARY KEY, mtp_serial TEXT, usb_serial TEXT, vendor INTEGER NOT NULL,
      model TEXT NOT NULL, firmware TEXT NOT NULL, last_seen INTEGER NOT NULL) STRICT;
    CREATE TABLE storage(id INTEGER PRIMARY KEY, device INTEGER REFERENCES device, volume TEXT NOT NULL, label TEXT,
      capacity INTEGER) STRICT;
    INSERT INTO storage VALUES(1,NULL,'disk',NULL,1000);
    CREATE TABLE root(id INTEGER PRIMARY KEY, storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL,
      UNIQUE(storage, path)) STRICT;
    INSERT INTO root VALUES(1,1,X'2f70686f746f73');
    INSERT INTO root VALUES(2,1,X'2f636f7079');
    CREATE TABLE pair(id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES root, b INTEGER NOT NULL REFERENCES \
    root,
      CHECK(a < b), UNIQUE(a, b)) STRICT;
    INSERT INTO pair VALUES(1,1,2);
    CREATE TABLE run(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, pair INTEGER NOT NULL REFERENCES pair,
      source_is_a INTEGER NOT NULL, policy TEXT NOT NULL, boot TEXT NOT NULL, pid INTEGER NOT NULL,
      process_started INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER, ending TEXT, counts TEXT) STRICT;
    INSERT INTO run VALUES(1,'211B1796-806E-415E-83E6-A6A05F98E190',1,1,'{"checksum":false,"conflict":"both",\
    "ignoreExisting":false,"keepsRecord":true,"newDestination":false,"restoreMissing":"never"}','an earlier boot',1,\
    1,1795392816,1795392817,'done','{"adopted":0,"bytesCopied":6,"created":["verified",2],"failed":0,\
    "filesCopied":2,"filesKeptBoth":0,"filesReplaced":0,"folderDates":["verified",1],"foldersMade":1,\
    "linksCopied":0,"missingFromCheckpoint":0,"modified":["verified",2],"skipped":0,"unchanged":0}');
    INSERT INTO run VALUES(2,'211B1796-806E-415E-83E6-A6A05F98E191',1,1,'{}','an earlier boot',1,1,1795392916,NULL,\
    NULL,NULL);
    CREATE TABLE baseline(pair INTEGER NOT NULL REFERENCES pair, a_path BLOB NOT NULL, b_path BLOB NOT NULL,
      racy INTEGER NOT NULL,
      a_size INTEGER, a_token BLOB, a_token_version INTEGER, a_modified_s INTEGER, a_modified_ns INTEGER,
      b_size INTEGER, b_token BLOB, b_token_version INTEGER, b_modified_s INTEGER, b_modified_ns INTEGER,
      run INTEGER NOT NULL REFERENCES run, PRIMARY KEY(pair, a_path), UNIQUE(pair, b_path)) STRICT, WITHOUT ROWID;
    INSERT INTO baseline VALUES(1,X'642f74776f',X'642f74776f',0,3,\
    X'a55d0d5e0000000000000000000000000300000000000000',1,1577934245,0,3,\
    X'a55d0d5e0000000000000000000000000300000000000000',1,1577934245,0,1);
    INSERT INTO baseline VALUES(1,X'6f6e65',X'6f6e65',0,3,X'a55d0d5e0000000000000000000000000300000000000000',1,\
    1577934245,0,3,X'a55d0d5e0000000000000000000000000300000000000000',1,1577934245,0,1);
    CREATE TABLE truth(storage INTEGER NOT NULL REFERENCES storage, path BLOB NOT NULL, size INTEGER NOT NULL,
      token BLOB NOT NULL, token_version INTEGER NOT NULL, modified_s INTEGER, modified_ns INTEGER,
      created_s INTEGER, created_ns INTEGER, run INTEGER NOT NULL REFERENCES run,
      PRIMARY KEY(storage, path)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS "step"(run INTEGER NOT NULL REFERENCES run, seq INTEGER NOT NULL, change TEXT NOT \
    NULL,
      reason TEXT NOT NULL, path BLOB NOT NULL, target BLOB, size INTEGER, kept BLOB, code TEXT, at INTEGER NOT \
    NULL,
      phase TEXT NOT NULL CHECK(phase IN ('intent', 'sent', 'done', 'skipped', 'failed')),
      PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID;
    INSERT INTO step VALUES(1,0,'makeFolder','new',X'64',X'64',NULL,NULL,NULL,1795392816,'done');
    INSERT INTO step VALUES(1,1,'copy','new',X'642f74776f',X'642f74776f',3,NULL,NULL,1795392816,'done');
    INSERT INTO step VALUES(1,2,'copy','new',X'6f6e65',X'6f6e65',3,NULL,NULL,1795392816,'done');
    INSERT INTO step VALUES(2,0,'copy','new',X'7468726565',X'7468726565',5,NULL,NULL,1795392916,'sent');
    CREATE INDEX run_open ON run(pair) WHERE ended IS NULL;
    CREATE INDEX step_open ON step(path) WHERE phase IN ('intent', 'sent');
    """
}
