/// The state dictionary of a 3D U-Net within a checkpoint.
struct CheckpointNetwork: Sendable {
    /// The keys that lead to it and the prefix of its tensors, joined with dots; empty for a plain state dictionary.
    let name: String
    /// The tensors under the names of the published network, in the order of the checkpoint.
    let tensors: [(name: String, tensor: TorchTensor)]
    /// Other entries of the same dictionary.
    let leftOut: [String]

    /// The name by which a network is recognised; what stands before it is the prefix of all tensors.
    private static let firstTensor = "down_path.0.layers.0.weight"
    private static let depthLimit = 8
    private static let networkLimit = 64
    private static let namedKeyLimit = 8

    /// Searches the dictionaries of a pickle.
    ///
    /// - Throws: ``CheckpointError/noNetwork(keys:)`` if there is none.
    static func all(in root: PickleValue, of objects: PickleObjects) throws(CheckpointError) -> [CheckpointNetwork] {
        var networks: [CheckpointNetwork] = []
        guard case .dictionary(let first) = root else { throw .noNetwork(keys: []) }
        var visited: Set<Int> = [first]
        var open: [(dictionary: Int, path: [String])] = [(first, [])]
        while let (dictionary, path) = open.popLast() {
            let items = textItems(of: dictionary, objects)
            for (key, value) in items {
                switch value {
                case .tensor where key.hasSuffix(firstTensor):
                    guard networks.count < networkLimit else {
                        throw .tooLarge(what: "networks", count: UInt64(networkLimit + 1), limit: UInt64(networkLimit))
                    }
                    let prefix = String(key.dropLast(firstTensor.count))
                    networks.append(try CheckpointNetwork(items, prefix: prefix, path: path, objects.tensors))
                case .dictionary(let inner) where path.count < depthLimit && visited.insert(inner).inserted:
                    open.append((inner, path + [key]))
                default: break
                }
            }
        }
        guard !networks.isEmpty else {
            let keys = textItems(of: first, objects).map { String($0.key.prefix(64)) }
            throw .noNetwork(keys: Array(keys.prefix(namedKeyLimit)) + (keys.count > namedKeyLimit ? ["..."] : []))
        }
        return networks.sorted { $0.name < $1.name }
    }

    private init(
        _ items: [(key: String, value: PickleValue)],
        prefix: String,
        path: [String],
        _ allTensors: [TorchTensor]
    ) throws(CheckpointError) {
        var tensors: [(name: String, tensor: TorchTensor)] = []
        var names: Set<String> = []
        var leftOut: [String] = []
        for (key, value) in items {
            guard key.hasPrefix(prefix), case .tensor(let index) = value else {
                leftOut.append(key)
                continue
            }
            guard names.insert(key).inserted else { throw .duplicateTensor(key) }
            tensors.append((String(key.dropFirst(prefix.count)), allTensors[index]))
        }
        let prefixName = prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
        name = (path + [prefixName]).filter { !$0.isEmpty }.joined(separator: ".")
        self.tensors = tensors
        self.leftOut = leftOut
    }

    /// The items of a dictionary whose keys are texts.
    private static func textItems(of dictionary: Int, _ objects: PickleObjects) -> [(key: String, value: PickleValue)] {
        objects.dictionaries[dictionary].compactMap { key, value in
            guard case .text(let text) = key else { return nil }
            return (text, value)
        }
    }
}
