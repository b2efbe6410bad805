import Foundation
import TestSupport
import Testing
import UNet

@Suite("Pickles of checkpoints")
struct CheckpointPickleTests {
    private func refusal(_ pickle: [UInt8]) -> CheckpointError? {
        CheckpointFile.refusal(CheckpointFile(pickle: pickle).archive.data) as? CheckpointError
    }

    private func refusal(_ build: (inout PickleWriter) -> Void) -> CheckpointError? {
        refusal(PickleWriter(build).bytes)
    }

    /// Refused as malformed for a reason that contains `text`.
    private func expectMalformed(
        _ text: String,
        _ location: SourceLocation = #_sourceLocation,
        _ build: (inout PickleWriter) -> Void
    ) {
        let error = refusal(build)
        guard case .malformedPickle(_, let reason) = error, reason.contains(text) else {
            Issue.record("\(String(describing: error))", sourceLocation: location)
            return
        }
    }

    @Test(arguments: [
        ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("__builtin__", "exec"),
        ("subprocess", "Popen"), ("torch", "load"), ("torch.storage", "_load_from_bytes"), ("torch", "_utils"),
        ("torch", "FloatStorage.__init__"), ("collections", "OrderedDict.__reduce__"), ("collections", "namedtuple"),
        ("torch._utils", "_rebuild_tensor_v2.__globals__"),
    ])
    func otherNamesAreRefusedBeforeAnyCall(module: String, name: String) {
        let called = refusal { writer in
            writer.global(module, name)
            writer.text("touch /tmp/executed")
            writer.write(0x85)
            writer.write("R")
        }
        #expect(called == .forbiddenName("\(module).\(name)", byteOffset: 2))
        #expect("\(called!)".contains("asks to import '\(module).\(name)'"))
        let stacked = refusal { writer in
            writer.text(module)
            writer.text(name)
            writer.write(0x93)
        }
        guard case .forbiddenName("\(module).\(name)", _) = stacked else {
            Issue.record("\(String(describing: stacked))")
            return
        }
    }

    @Test func otherInstructionsAreRefused() {
        // The instructions of Python's pickle that create objects, call functions or read text forms.
        for code in Array("PoidlISVFLgp2TUBC".utf8) + [
            0x81, 0x82, 0x83, 0x84, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x91, 0x92,
        ] {
            let error = refusal([0x80, 2, 0x29, 0x29, code, 0x2E])
            #expect(error == .unsupportedInstruction(code: code, byteOffset: 4))
        }
    }

    @Test func callsWithOtherArgumentsAreRefused() {
        expectMalformed("permitted name") { $0.write("))R") }
        for (module, name) in [
            ("collections", "OrderedDict"), ("collections", "Counter"), ("torch", "Size"), ("torch", "FloatStorage"),
            ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter"),
        ] {
            expectMalformed("other arguments") { writer in
                writer.global(module, name)
                writer.text("text")
                writer.write(0x85)
                writer.write("R")
            }
        }
        expectMalformed("something else") { writer in
            writer.global("torch._utils", "_rebuild_tensor_v2")
            writer.write("(NNNNNNtR")
        }
        expectMalformed("flags") { writer in
            writer.global("torch._utils", "_rebuild_tensor_v2")
            writer.write("(")
            writer.storage("0", elementCount: 4)
            writer.number(0)
            writer.write("))NN}")
            writer.text("neg")
            writer.write(0x88)
            writer.write("stR")
        }
    }

    @Test(arguments: [
        ([5], [1], 0), ([4], [1], 1), ([4], [2], 0), ([2, 2], [3, 1], 0), ([1], [1], 4), ([0], [1], 5), ([1], [1], -1),
        ([-1], [1], 0), ([2], [-1], 1), ([1 << 62], [1], 0), ([1 << 32, 1 << 32], [0, 0], 0), ([2], [.max], 1),
        ([3, 1 << 62], [1 << 62, 0], 0), ([2], [1, 1], 0), ([.max, .max, 0], [0, 0, 0], 0),
    ])
    func tensorsStayWithinTheirStorage(shape: [Int], strides: [Int], offset: Int) {
        expectMalformed("leaves its storage of 4 elements") { writer in
            writer.tensor(storage: "0", elementCount: 4, offset: offset, shape: shape, strides: strides)
        }
    }

    @Test func tensorsHaveFewAxes() {
        let ones = [Int](repeating: 1, count: 17)
        expectMalformed("something else") { $0.tensor(storage: "0", elementCount: 4, shape: ones, strides: ones) }
    }

    @Test func storagesAreEntriesOfTheirSize() {
        let storage = { (key: String, type: String, count: Int) in
            refusal { $0.storage(key, type: type, elementCount: count) }
        }
        let noNetwork = CheckpointError.noNetwork(keys: [])
        #expect(storage("0", "FloatStorage", 4) == noNetwork)
        #expect(storage("0", "HalfStorage", 8) == noNetwork)
        for count in [0, 3, 5, 1 << 60] {
            #expect(
                storage("0", "FloatStorage", count)
                    == .storageSizeMismatch(entry: "x/data/0", byteCount: 16, neededByteCount: 4 * count)
            )
        }
        #expect(storage("1", "FloatStorage", 4) == .missingEntry("x/data/1"))
        for key in ["../data.pkl", "", "0/../0", "-1", "0 ", "٣", String(repeating: "1", count: 65)] {
            guard case .malformedPickle = storage(key, "FloatStorage", 4) else {
                Issue.record("\(key) was accepted")
                continue
            }
        }
        for count in [-1, Int.min, .max, 1 << 62] {
            guard case .malformedPickle = storage("0", "FloatStorage", count) else {
                Issue.record("\(count) was accepted")
                continue
            }
        }
    }

    /// A tensor that repeats one number makes no file larger than it was.
    @Test func repeatedElementsAreBounded() {
        let names = CheckpointFile.shape.tensors.map(\.name)
        let pickle = PickleWriter { writer in
            writer.write("}(")
            for name in names {
                writer.text(name)
                writer.tensor(storage: "0", elementCount: 4, shape: [1 << 20, 1 << 20], strides: [0, 0])
            }
            writer.write("u")
        }
        guard case .tooLarge(_, 4 << 40, _) = refusal(pickle.bytes) else {
            Issue.record("\(String(describing: refusal(pickle.bytes)))")
            return
        }
    }

    @Test func theStackIsNeverLeft() {
        for instructions in [
            "0", "1", "t", "a", "e", "s", "u", "b", "R", "Q", "((", "(0", "](a", "}(s", "(}s", "]}b", "}]b", "}(Nu",
        ] {
            guard case .malformedPickle = refusal({ $0.write(instructions) }) else {
                Issue.record("\(instructions) was accepted")
                continue
            }
        }
        expectMalformed("0 values are left") { _ in }
        expectMalformed("2 values are left") { $0.write("NN") }
        for bytes: [UInt8] in [
            [0x85], [0x86], [0x87], [0x4E, 0x86], [0x68, 0], [0x6A, 0, 0, 0, 0], [0x71, 0], [0x94], [0x93],
        ] {
            guard case .malformedPickle = refusal([0x80, 2] + bytes + [0x2E]) else {
                Issue.record("\(bytes) was accepted")
                continue
            }
        }
        guard case .malformedPickle = refusal([0x80, 6, 0x4E, 0x2E]) else {
            Issue.record("protocol 6 was accepted")
            return
        }
    }

    /// Structures that contain themselves or are nested without end neither hang nor overflow the stack.
    @Test func recursiveStructuresAreSurvived() {
        let cycle = CheckpointFile { writer in
            writer.text("self")
            writer.write("}")
            writer.write(0x71, 0)
            writer.text("again")
            writer.write("h\u{0}s")
            writer.text("list")
            writer.write("]")
            writer.write(0x71, 1)
            writer.write("h\u{1}a")
        }
        #expect(CheckpointFile.refusal(cycle.archive.data) == nil)
        let deep = CheckpointFile { writer in
            writer.text("tuples")
            writer.write(")")
            for _ in 0..<1_000_000 { writer.write(0x85) }
            writer.text("dictionaries")
            for _ in 0..<30_000 { writer.write("}N") }
            writer.write("N")
            for _ in 0..<30_000 { writer.write("s") }
        }
        #expect(CheckpointFile.refusal(deep.archive.data) == nil)
        // Every list holds the one before twice: 2^100 elements in 300 bytes.
        let doubled = CheckpointFile { writer in
            writer.text("lists")
            writer.write("]")
            for _ in 0..<100 {
                writer.write(0x71, 0)
                writer.write("0]h\u{0}ah\u{0}a")
            }
        }
        #expect(CheckpointFile.refusal(doubled.archive.data) == nil)
    }

    @Test func limitsHold() {
        func expectTooLarge(_ what: String, _ build: (inout PickleWriter) -> Void) {
            guard case .tooLarge(what, _, _) = refusal(build) else {
                Issue.record("\(String(describing: refusal(build)))")
                return
            }
        }
        expectTooLarge("values on the stack") { writer in for _ in 0...1 << 16 { writer.write("N") } }
        expectTooLarge("values on the stack") { writer in for _ in 0...1 << 16 { writer.write("(") } }
        expectTooLarge("bytes of structure") { writer in for _ in 0...1 << 21 { writer.write("N0") } }
        expectTooLarge("bytes of a text") { $0.text(String(repeating: "x", count: 1 << 20 + 1)) }
        expectTooLarge("remembered values") { writer in
            writer.write("N")
            for index in 0...UInt32(1 << 18) {
                writer.write("r")
                writer.integer(index)
            }
        }
        expectTooLarge("networks") { writer in
            writer.write("}")
            writer.tensor(storage: "0", elementCount: 4, shape: [4], strides: [1])
            writer.write(0x71, 0)
            writer.write("0(")
            for index in 0...64 {
                writer.text("\(index).down_path.0.layers.0.weight")
                writer.write("h\u{0}")
            }
            writer.write("u")
        }
        expectTooLarge("tensors") { writer in
            writer.write("}")
            writer.tensor(storage: "0", elementCount: 4, shape: [4], strides: [1])
            writer.write(0x71, 0)
            writer.write("0(")
            for index in 0...1024 {
                writer.text(index == 0 ? "down_path.0.layers.0.weight" : "\(index)")
                writer.write("h\u{0}")
            }
            writer.write("u")
        }
        let claim: [UInt8] = [0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0x7F, 0x61, 0x2E]
        guard case .tooLarge = refusal(claim) else {
            Issue.record("a text of 2 GB was accepted")
            return
        }
    }

    @Test func namesInTheFileAreNoMeansOfAttack() {
        let named = CheckpointFile { writer in
            writer.text("__metadata__")
            writer.tensor(storage: "0", elementCount: 27, shape: [1], strides: [1])
        }
        #expect(CheckpointFile.refusal(named.archive.data) as? UNetError == .unexpectedTensor("__metadata__"))
        let twice = CheckpointFile { writer in
            writer.text("final_layer.bias")
            writer.tensor(storage: "0", elementCount: 27, shape: [1], strides: [1])
        }
        #expect(CheckpointFile.refusal(twice.archive.data) as? CheckpointError == .duplicateTensor("final_layer.bias"))
        expectMalformed("no identifier") { $0.global("os\u{1B}[2J", "system") }
        expectMalformed("has no end") { $0.global(String(repeating: "x", count: 300), "x") }
    }

    /// Pickles of random instructions are carried out or refused.
    @Test(arguments: 0..<10)
    func randomPicklesAreSurvived(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let instructions: [[UInt8]] = [
            Array("N".utf8), Array("(".utf8), Array(")".utf8), Array("]".utf8), Array("}".utf8), Array("t".utf8),
            Array("a".utf8), Array("e".utf8), Array("s".utf8), Array("u".utf8), Array("b".utf8), Array("R".utf8),
            Array("Q".utf8), Array("0".utf8), Array("1".utf8), [0x85], [0x86], [0x87], [0x88], [0x93], [0x94],
            [0x71, 0], [0x68, 0], [0x71, 1], [0x68, 1], [0x4B, 4], [0x4B, 1], [0x4A, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x58, 1, 0, 0, 0, 0x30], [0x8A, 2, 0, 0x80], Array("ctorch\nFloatStorage\n".utf8),
            Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8), Array("ccollections\nOrderedDict\n".utf8),
            Array(PickleWriter { $0.storage("0", elementCount: 4) }.bytes.dropFirst(2).dropLast()),
            Array(
                PickleWriter { $0.tensor(storage: "0", elementCount: 4, shape: [2], strides: [1]) }.bytes.dropFirst(2)
                    .dropLast()
            ),
        ]
        for _ in 0..<1000 {
            var pickle: [UInt8] = [0x80, 2, 0x7D, 0x71, 0, 0x71, 1]
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                pickle += instructions.randomElement(using: &random) ?? []
            }
            #expect(refusal(pickle + [0x2E]) != nil)
        }
    }
}
