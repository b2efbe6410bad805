/// Reads the pickle of a checkpoint without executing anything.
///
/// A pickle is a program for a stack machine, which in Python may import and call anything. Here the only
/// names are those of ``PickleGlobal``, calling them builds plain values, and everything else is refused. What a
/// pickle can make this hold grows no faster than its own bytes, which are limited.
struct PickleMachine {
    private var cursor: ByteCursor
    private var stack: [PickleValue] = []
    /// Heights of the stack when marks were set, the innermost last.
    private var marks: [Int] = []
    private var memo: [UInt32: PickleValue] = [:]
    private(set) var objects = PickleObjects()
    /// Where the instruction at work starts.
    private var instruction = 0

    static let byteLimit = 4 << 20
    private static let stackLimit = 1 << 16
    private static let memoLimit = 1 << 18
    private static let textByteLimit = 1 << 20
    private static let nameByteLimit = 256
    private static let newestProtocol: UInt8 = 5

    init(_ bytes: some Collection<UInt8>) throws(CheckpointError) {
        guard bytes.count <= Self.byteLimit else {
            throw .tooLarge(what: "bytes of structure", count: UInt64(bytes.count), limit: UInt64(Self.byteLimit))
        }
        cursor = ByteCursor(bytes)
    }

    /// Carries out all instructions and returns the value they leave.
    mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            instruction = cursor.offset
            let byte = try integer(UInt8.self)
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw .unsupportedInstruction(code: byte, byteOffset: instruction)
            }
            if opcode == .stop { break }
            try perform(opcode)
            guard stack.count + marks.count <= Self.stackLimit else {
                throw tooLarge("values on the stack", stack.count + marks.count, Self.stackLimit)
            }
        }
        guard stack.count == 1, marks.isEmpty, let result = stack.first else {
            throw malformed("\(stack.count) values are left instead of one")
        }
        return result
    }

    private mutating func perform(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .stop: break
        case .proto:
            let version = try integer(UInt8.self)
            guard version <= Self.newestProtocol else { throw malformed("protocol \(version) is unknown") }
        case .frame: _ = try integer(UInt64.self)
        case .none, .newTrue, .newFalse, .binInt, .binInt1, .binInt2, .long1, .binFloat, .binUnicode,
            .shortBinUnicode:
            stack.append(try literal(opcode))
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popMark: _ = try popToMark()
        case .emptyTuple: push(tuple: [])
        case .tuple: push(tuple: try popToMark())
        case .tuple1: push(tuple: try pop(count: 1))
        case .tuple2: push(tuple: try pop(count: 2))
        case .tuple3: push(tuple: try pop(count: 3))
        case .emptyList:
            stack.append(.list(objects.sequences.count))
            objects.sequences.append([])
        case .append: try append(pop(count: 1))
        case .appends: try append(popToMark())
        case .emptyDict: pushDictionary()
        case .setItem: try setItems(pop(count: 2))
        case .setItems: try setItems(popToMark())
        case .binGet, .longBinGet, .binPut, .longBinPut, .memoize: try useMemo(opcode)
        case .global: try pushGlobal(module: nameLine(), name: nameLine())
        case .stackGlobal: try pushNamedGlobal()
        case .reduce: try call()
        case .build: try setAttributes()
        case .binPersID: try pushStorage(pop())
        }
    }

    private mutating func literal(_ opcode: PickleOpcode) throws(CheckpointError) -> PickleValue {
        switch opcode {
        case .newTrue: .boolean(true)
        case .newFalse: .boolean(false)
        case .binInt: .integer(Int(try integer(Int32.self)))
        case .binInt1: .integer(Int(try integer(UInt8.self)))
        case .binInt2: .integer(Int(try integer(UInt16.self)))
        case .long1: Self.wideInteger(try read(Int(integer(UInt8.self))))
        case .binFloat: .number(Double(bitPattern: try integer(UInt64.self).byteSwapped))
        case .binUnicode: .text(try text(byteCount: Int(integer(UInt32.self))))
        case .shortBinUnicode: .text(try text(byteCount: Int(integer(UInt8.self))))
        default: .nothing
        }
    }

    private mutating func useMemo(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .binGet: try recall(UInt32(integer(UInt8.self)))
        case .longBinGet: try recall(integer(UInt32.self))
        case .binPut: try remember(UInt32(integer(UInt8.self)))
        case .longBinPut: try remember(integer(UInt32.self))
        default: try remember(UInt32(memo.count))
        }
    }

    private mutating func recall(_ index: UInt32) throws(CheckpointError) {
        guard let value = memo[index] else { throw malformed("nothing was remembered as \(index)") }
        stack.append(value)
    }

    private mutating func remember(_ index: UInt32) throws(CheckpointError) {
        memo[index] = try top()
        guard memo.count <= Self.memoLimit else { throw tooLarge("remembered values", memo.count, Self.memoLimit) }
    }

    private mutating func append(_ values: [PickleValue]) throws(CheckpointError) {
        guard case .list(let list) = try top() else { throw malformed("only lists can be appended to") }
        objects.sequences[list] += values
    }

    private mutating func setItems(_ values: [PickleValue]) throws(CheckpointError) {
        guard case .dictionary(let dictionary) = try top() else { throw malformed("only dictionaries take items") }
        guard values.count.isMultiple(of: 2) else { throw malformed("a key has no value") }
        for index in stride(from: 0, to: values.count, by: 2) {
            objects.dictionaries[dictionary].append((values[index], values[index + 1]))
        }
    }

    /// Attributes of dictionaries say nothing about weights: PyTorch keeps versions of layers there.
    private mutating func setAttributes() throws(CheckpointError) {
        let attributes = try pop()
        guard case .dictionary = attributes, case .dictionary = try top() else {
            throw malformed("only dictionaries take attributes")
        }
    }

    private mutating func pushNamedGlobal() throws(CheckpointError) {
        let names = try pop(count: 2)
        guard case .text(let module) = names[0], case .text(let name) = names[1] else {
            throw malformed("a name is no text")
        }
        try pushGlobal(module: module, name: name)
    }

    private mutating func pushGlobal(module: String, name: String) throws(CheckpointError) {
        guard (module + name).utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw malformed("a name is no identifier")
        }
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .forbiddenName("\(module).\(name)", byteOffset: instruction)
        }
        stack.append(.global(global))
    }

    // MARK: - What calls and persistent identifiers build

    private mutating func call() throws(CheckpointError) {
        let parts = try pop(count: 2)
        guard case .global(let function) = parts[0], case .tuple(let tuple) = parts[1] else {
            throw malformed("only a permitted name can be called, with a tuple")
        }
        let arguments = objects.sequences[tuple]
        switch (function, arguments.count, arguments.first) {
        case (.orderedDictionary, 0, _), (.counter, 0, _): pushDictionary()
        case (.counter, 1, .dictionary(let items)): stack.append(.dictionary(items))
        case (.size, 1, .tuple(let extents)): stack.append(.tuple(extents))
        case (.rebuildParameter, 3, .tensor(let tensor)): stack.append(.tensor(tensor))
        case (.rebuildTensor, 6...7, _): try pushTensor(arguments)
        default: throw malformed("\(function) is called with other arguments than PyTorch gives")
        }
    }

    /// Arguments: storage, offset, shape, strides, whether it needs gradients, hooks, and perhaps flags.
    private mutating func pushTensor(_ arguments: [PickleValue]) throws(CheckpointError) {
        guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
            let shape = integers(arguments[2]), let strides = integers(arguments[3])
        else {
            throw malformed("a tensor is made of something else than storage, offset, shape and strides")
        }
        // Flags say that elements are to be negated or conjugated, which weights never are.
        if arguments.count == 7, arguments[6] != .nothing {
            guard case .dictionary(let flags) = arguments[6], objects.dictionaries[flags].isEmpty else {
                throw malformed("a tensor has flags")
            }
        }
        guard
            let tensor = TorchTensor(
                storage: objects.storages[storage],
                offset: offset,
                shape: shape,
                strides: strides
            )
        else {
            throw malformed(
                "a tensor of shape \(shape), strides \(strides) and offset \(offset) leaves its storage of "
                    + "\(objects.storages[storage].elementCount) elements"
            )
        }
        stack.append(.tensor(objects.tensors.count))
        objects.tensors.append(tensor)
    }

    /// The identifier: 'storage', type, key, device, number of elements.
    private mutating func pushStorage(_ identifier: PickleValue) throws(CheckpointError) {
        guard case .tuple(let tuple) = identifier, objects.sequences[tuple].count == 5,
            case .text("storage") = objects.sequences[tuple][0],
            case .global(.storageType(let type)) = objects.sequences[tuple][1],
            case .text(let key) = objects.sequences[tuple][2],
            case .integer(let count) = objects.sequences[tuple][4],
            let storage = TorchStorage(elementType: type, key: key, elementCount: count)
        else {
            throw malformed("a storage is described by something else than type, key, device and size")
        }
        stack.append(.storage(objects.storages.count))
        objects.storages.append(storage)
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard case .tuple(let tuple) = value, objects.sequences[tuple].count <= TorchTensor.rankLimit else {
            return nil
        }
        var integers: [Int] = []
        for element in objects.sequences[tuple] {
            guard case .integer(let integer) = element else { return nil }
            integers.append(integer)
        }
        return integers
    }

    // MARK: - The stack

    private mutating func push(tuple: [PickleValue]) {
        stack.append(.tuple(objects.sequences.count))
        objects.sequences.append(tuple)
    }

    private mutating func pushDictionary() {
        stack.append(.dictionary(objects.dictionaries.count))
        objects.dictionaries.append([])
    }

    private func top() throws(CheckpointError) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else { throw malformed("the stack is empty") }
        return value
    }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func pop(count: Int) throws(CheckpointError) -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw malformed("the stack is empty") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let height = marks.popLast() else { throw malformed("no mark was set") }
        defer { stack.removeSubrange(height...) }
        return Array(stack[height...])
    }

    // MARK: - Operands

    private mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws(CheckpointError) -> Number {
        guard let number = cursor.integer(type) else { throw malformed("it is cut off") }
        return number
    }

    private mutating func read(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
        guard let bytes = cursor.read(count) else { throw malformed("it is cut off") }
        return bytes
    }

    private mutating func text(byteCount: Int) throws(CheckpointError) -> String {
        guard byteCount <= Self.textByteLimit else { throw tooLarge("bytes of a text", byteCount, Self.textByteLimit) }
        guard let text = String(validating: try read(byteCount), as: UTF8.self) else {
            throw malformed("a text is not UTF-8")
        }
        return text
    }

    private mutating func nameLine() throws(CheckpointError) -> String {
        guard let line = cursor.line(limit: Self.nameByteLimit), let name = String(validating: line, as: UTF8.self)
        else {
            throw malformed("a name has no end")
        }
        return name
    }

    /// A two's complement integer of any length, lowest byte first.
    private static func wideInteger(_ bytes: ArraySlice<UInt8>) -> PickleValue {
        guard bytes.count <= MemoryLayout<Int>.size else { return .hugeInteger }
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }

    private func malformed(_ reason: String) -> CheckpointError {
        .malformedPickle(byteOffset: instruction, reason: reason)
    }

    private func tooLarge(_ what: String, _ count: Int, _ limit: Int) -> CheckpointError {
        .tooLarge(what: what, count: UInt64(count), limit: UInt64(limit))
    }
}
