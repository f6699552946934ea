// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let cSettings: [CSetting] = [
  .define("_GNU_SOURCE"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "filesync",
  products: [
    .executable(name: "filesync", targets: ["filesync"]),
    .executable(name: "virtual-mtp", targets: ["virtual-mtp"]),
    .library(name: "usb-stand-in", type: .dynamic, targets: ["CUSBStandIn"]),
    .library(name: "kill-switch", type: .dynamic, targets: ["CKillSwitch"]),
    .library(name: "FileSync", targets: ["FileSync"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.4.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.5.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    // MARK: C

    .systemLibrary(
      name: "CLibMTP",
      path: "CLibMTP",
      pkgConfig: "libmtp",
      providers: [.apt(["libmtp-dev", "libusb-1.0-0-dev"])]
    ),
    .target(name: "CLinux", cSettings: cSettings),
    .target(name: "CUSBStandIn", cSettings: cSettings, linkerSettings: [.linkedLibrary("pthread")]),
    .target(name: "CFunctionFS", cSettings: cSettings),

    // MARK: Library, lowest first

    .target(name: "PTP", swiftSettings: settings),
    .target(name: "Storage", swiftSettings: settings),
    .target(
      name: "LocalStorage",
      dependencies: ["Storage", "CLinux", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings
    ),
    .target(name: "MTPStorage", dependencies: ["Storage", "PTP", "CLibMTP"], swiftSettings: settings),
    .target(
      name: "Journal",
      dependencies: ["Storage", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings
    ),
    .target(
      name: "SyncEngine",
      dependencies: ["Storage", "Journal", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: settings
    ),

    // What other programs import. Not in Sources/FileSync, which some file systems take for Sources/filesync.
    .target(
      name: "FileSync",
      dependencies: [
        "Journal", "LocalStorage", "MTPStorage", "Storage", "SyncEngine",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Sources/Library",
      swiftSettings: settings
    ),

    // MARK: Programs

    .target(
      name: "FileSyncCommands",
      dependencies: [
        "SyncEngine", "Journal", "Storage", "LocalStorage", "MTPStorage", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings
    ),
    .executableTarget(name: "filesync", dependencies: ["FileSyncCommands"], swiftSettings: settings),
    .target(
      name: "VirtualDevice",
      dependencies: ["PTP", "CLinux", "CUSBStandIn", "CFunctionFS"],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "virtual-mtp",
      dependencies: ["VirtualDevice", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings
    ),

    // MARK: Tests

    .target(
      name: "StorageContract",
      dependencies: ["Storage"],
      path: "Tests/StorageContract",
      swiftSettings: settings
    ),
    // Preloaded in front of a program: kills it before one of its changes to the disk.
    .target(name: "CKillSwitch", path: "Tests/CKillSwitch", cSettings: cSettings),
    // A session with a device that says what a file of a fuzzer's corpus makes it say.
    .target(name: "CFuzzedBus", path: "Tests/CFuzzedBus", cSettings: cSettings),
    .executableTarget(
      name: "session-replay",
      dependencies: ["CFuzzedBus", "MTPStorage", "Storage"],
      path: "Tests/SessionReplay",
      swiftSettings: settings
    ),
    // The program of the library's tutorial: its files are the tutorial's listings. With a user's settings, not with ours.
    .executableTarget(
      name: "photo-backup",
      dependencies: ["FileSync"],
      path: "Sources/Library/FileSync.docc/PhotoBackup"
    ),
    .testTarget(name: "PTPTests", dependencies: ["PTP"], exclude: ["Corpus"], swiftSettings: settings),
    .testTarget(name: "StorageTests", dependencies: ["Storage", "StorageContract"], swiftSettings: settings),
    .testTarget(
      name: "LocalStorageTests",
      dependencies: [
        "LocalStorage", "Storage", "StorageContract", "CLinux",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "VirtualDeviceTests",
      dependencies: ["VirtualDevice", "PTP", "CUSBStandIn", "CLibMTP", "virtual-mtp"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "MTPStorageTests",
      dependencies: [
        "MTPStorage", "Storage", "StorageContract", "VirtualDevice", "PTP", "CUSBStandIn", "SyncEngine", "Journal",
        "LocalStorage", "FileSyncCommands",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["SessionCorpus"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "JournalTests",
      dependencies: ["Journal", "Storage", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings
    ),
    .testTarget(
      name: "SyncEngineTests",
      dependencies: [
        "SyncEngine", "Journal", "Storage", "LocalStorage", "StorageContract",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "FileSyncCommandsTests",
      dependencies: [
        "FileSyncCommands", "FileSync", "SyncEngine", "Journal", "Storage", "LocalStorage", "MTPStorage", "CLinux",
        "VirtualDevice", "PTP", "StorageContract",
        "filesync", "photo-backup", "virtual-mtp",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Programs"],
      swiftSettings: settings
    ),
  ]
)
