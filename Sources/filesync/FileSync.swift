@main
struct FileSync {
  static func main() async {}
}
