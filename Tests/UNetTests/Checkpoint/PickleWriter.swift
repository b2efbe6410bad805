/// Writes pickles as PyTorch does, and such as it never would.
struct PickleWriter {
    private(set) var bytes: [UInt8] = []

    init(_ build: (inout PickleWriter) -> Void) {
        write(0x80, 2)
        build(&self)
        write(".")
    }

    mutating func write(_ bytes: UInt8...) { self.bytes += bytes }

    /// Instructions of one printable character each.
    mutating func write(_ instructions: String) { bytes += Array(instructions.utf8) }

    mutating func global(_ module: String, _ name: String) { write("c\(module)\n\(name)\n") }

    mutating func text(_ text: String) {
        write("X")
        integer(UInt32(text.utf8.count))
        write(text)
    }

    /// A 64-bit integer as the instruction LONG1.
    mutating func number(_ value: Int) {
        write(0x8A, 8)
        integer(value)
    }

    mutating func tuple(of values: [Int]) {
        write("(")
        for value in values { number(value) }
        write("t")
    }

    /// The identifier of a storage, and the instruction that looks it up.
    mutating func storage(_ key: String, type: String = "FloatStorage", elementCount: Int) {
        write("(")
        text("storage")
        global("torch", type)
        text(key)
        text("cpu")
        number(elementCount)
        write("tQ")
    }

    mutating func tensor(
        storage key: String,
        type: String = "FloatStorage",
        elementCount: Int,
        offset: Int = 0,
        shape: [Int],
        strides: [Int]
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        write("(")
        storage(key, type: type, elementCount: elementCount)
        number(offset)
        tuple(of: shape)
        tuple(of: strides)
        write(0x89)
        global("collections", "OrderedDict")
        write(")RtR")
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
}
