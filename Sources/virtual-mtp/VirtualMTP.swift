@main
struct VirtualMTP {
  static func main() async {}
}
