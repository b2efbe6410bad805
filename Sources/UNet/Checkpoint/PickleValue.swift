/// A value of a pickle.
///
/// Values that hold others are positions in the tables of ``PickleObjects``, as Python's are references. So
/// structures may share parts or contain themselves, and none is ever taken apart recursively.
enum PickleValue: Hashable, Sendable {
    /// Python's None.
    case nothing
    case boolean(Bool)
    case integer(Int)
    /// An integer that does not fit into 64 bits.
    case hugeInteger
    case number(Double)
    case text(String)
    case global(PickleGlobal)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
}

/// What the values of a pickle hold.
struct PickleObjects: Sendable {
    /// Elements of tuples and lists.
    var sequences: [[PickleValue]] = []
    /// Items in the order in which they were set.
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [TorchStorage] = []
    var tensors: [TorchTensor] = []
}

/// The names that a pickle may mention: plain containers, and what tensors are made with.
enum PickleGlobal: Hashable, Sendable {
    case orderedDictionary
    case counter
    case size
    case rebuildTensor
    case rebuildParameter
    case storageType(TorchElementType)

    /// Nil for every other name.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("collections", "Counter"): self = .counter
        case ("torch", "Size"): self = .size
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let type = TorchElementType(rawValue: name) else { return nil }
            self = .storageType(type)
        default: return nil
        }
    }
}
