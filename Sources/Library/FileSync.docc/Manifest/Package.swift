// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "photo-backup",
  dependencies: [.package(path: "../filesync")],
  targets: [
    .executableTarget(
      name: "PhotoBackup",
      dependencies: [.product(name: "FileSync", package: "filesync")]
    )
  ]
)
