import Foundation
import TestSupport
import Testing
import UNet

@Suite struct SafetensorsFileTests {
    /// A file with a given header text and some bytes of tensors.
    private func file(_ header: String, dataByteCount: Int = 0, claimedByteCount: UInt64? = nil) -> Data {
        var data = Data()
        withUnsafeBytes(of: (claimedByteCount ?? UInt64(header.utf8.count)).littleEndian) {
            data.append(contentsOf: $0)
        }
        return data + Data(header.utf8) + Data(count: dataByteCount)
    }

    private func error(_ data: Data) -> UNetError? {
        do throws(UNetError) {
            _ = try SafetensorsFile(data: data)
            return nil
        } catch {
            return error
        }
    }

    /// Values that Python's safetensors reads from the same file.
    @Test func readsWhatPythonWrote() throws {
        let file = try SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "weights.safetensors"))
        #expect(file.tensors.count == 36)
        #expect(file.metadata.isEmpty)
        #expect(file.sha256() == "57562f3c7c6a2daf707b87083dff3c9dd46956109059c8816c0db55da1ad386d")
        #expect(
            try file.values(of: "final_layer.bias") == [
                0.0071563720703125, 0.0106964111328125, 0.0052642822265625, 0.0030384063720703125,
            ]
        )
        #expect(file.tensor(named: "up_path.0.weight")?.shape == [32, 16, 2, 2, 2])
        let weights = try file.values(of: "up_path.0.weight")
        #expect(abs(weights.reduce(0) { $0 + Double($1) } - -4.560247540473938) < 1e-9)
        #expect(throws: UNetError.missingTensor("up_path.9.weight")) { try file.values(of: "up_path.9.weight") }
    }

    @Test func whatIsWrittenIsRead() throws {
        let metadata = ["plain": "text", "odd \"\\\n\u{1}": "µm \u{1F600} \t", "empty": ""]
        var writer = SafetensorsWriter(metadata: metadata)
        writer.add("singles", shape: [2, 3], values: [1, -2, 0.1, .pi, 1e-30, 3])
        writer.add("halves", shape: [3], values: [0.5, -65504, 0.1], as: .float16)
        writer.add("brains", shape: [1, 2], values: [1e30, -0.1], as: .bfloat16)
        writer.add("nothing", shape: [0, 4], values: [])
        writer.add("number", shape: [], values: [7])
        let file = try SafetensorsFile(data: writer.data)
        #expect(file.metadata == metadata)
        #expect(file.tensors.map(\.name).sorted() == ["brains", "halves", "nothing", "number", "singles"])
        #expect(try file.values(of: "singles") == [1, -2, 0.1, .pi, 1e-30, 3])
        #expect(try file.values(of: "halves") == [0.5, -65504, 0x1.998p-4])
        #expect(try file.values(of: "brains") == [0x1.94p+99, -0x1.9ap-4])
        #expect(try file.values(of: "nothing") == [])
        #expect(try file.values(of: "number") == [7])
    }

    /// Headers from different libraries differ in white space, escapes and the order of entries.
    @Test func readsEveryFormOfJSON() throws {
        let header = """
             { "b" : {"data_offsets":[4, 6],"shape":[1],"dtype":"BF16"} ,\n\t"\\u0061\\ud83d\\ude00" :
            {"dtype":"F32","shape":[ ],"data_offsets":[0,4]}, "__metadata__":{"a\\/b":"\\b\\f\\n\\r\\t\\"\\\\"} }\n
            """
        let file = try SafetensorsFile(data: self.file(header, dataByteCount: 6))
        #expect(file.tensors.map(\.name) == ["a\u{1F600}", "b"])
        #expect(file.metadata == ["a/b": "\u{8}\u{C}\n\r\t\"\\"])
    }

    @Test(arguments: [
        "", "{", "[]", "{}x", "{\"a\"}", "{\"a\":{}}", "{\"a\":{},}", "{\"a\":1}", "{\"__metadata__\":{\"a\":1}}",
        "{\"a",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
        "{\"a\\ud800\":{}}", "{\"a\\ud800\\u0041\":{}}", "{\"a\\x\":{}}", "{\"a\\u00g0\":{}}", "{\"a\n\":{}}",
    ])
    func refusesMalformedHeaders(header: String) {
        let error = error(file(header, dataByteCount: 4))
        guard case .malformedHeader = error else {
            Issue.record("\(header) gave \(String(describing: error))")
            return
        }
    }

    @Test func refusesFilesThatContradictThemselves() {
        func tensor(_ name: String, _ begin: Int, _ end: Int, shape: String = "[1]", type: String = "F32") -> String {
            "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
        }
        #expect(error(Data(count: 7)) == .truncatedHeader(byteCount: 7, neededByteCount: 8))
        #expect(error(file("{}", claimedByteCount: 3)) == .truncatedHeader(byteCount: 10, neededByteCount: 11))
        #expect(
            error(file("{}", claimedByteCount: .max))
                == .headerTooLong(byteCount: .max, limit: SafetensorsFile.headerByteLimit)
        )
        #expect(error(file("{\(tensor("a", 0, 4)),\(tensor("a", 4, 8))}", dataByteCount: 8)) == .duplicateName("a"))
        #expect(error(file("{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}")) == .duplicateName("k"))
        #expect(error(file("{\"__metadata__\":{},\"__metadata__\":{}}")) == .duplicateName("__metadata__"))
        #expect(
            error(file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}")) == .duplicateName("a.dtype")
        )
        #expect(
            error(file("{\(tensor("a", 0, 8, type: "F64"))}", dataByteCount: 8))
                == .unsupportedElementType(tensor: "a", type: "F64")
        )
        #expect(
            error(file("{\(tensor("a", 0, 8))}", dataByteCount: 8))
                == .tensorSizeMismatch(tensor: "a", byteCount: 8, neededByteCount: 4)
        )
        #expect(
            error(file("{\(tensor("a", 0, 4)),\(tensor("b", 0, 4))}", dataByteCount: 8))
                == .tensorMisplaced(tensor: "b", begin: 0, expectedBegin: 4)
        )
        #expect(
            error(file("{\(tensor("a", 0, 4)),\(tensor("b", 6, 10))}", dataByteCount: 10))
                == .tensorMisplaced(tensor: "b", begin: 6, expectedBegin: 4)
        )
        #expect(
            error(file("{\(tensor("a", 0, 4_000_000_000, shape: "[1000000000]"))}", dataByteCount: 4))
                == .dataSizeMismatch(byteCount: 4, neededByteCount: 4_000_000_000)
        )
        #expect(
            error(file("{\(tensor("a", 0, 4))}", dataByteCount: 5))
                == .dataSizeMismatch(byteCount: 5, neededByteCount: 4)
        )
        #expect(throws: UNetError.self) {
            try SafetensorsFile(contentsOf: Fixture.tiny.appending(path: "no such file"))
        }
    }

    /// Files with random damage are read or refused, never followed out of their bounds.
    @Test func survivesDamage() {
        var writer = SafetensorsWriter(metadata: ["steps": "3", "training": "text with \"quotes\""])
        writer.add("a.weight", shape: [2, 2], values: [1, 2, 3, 4])
        writer.add("b.weight", shape: [3], values: [1, 2, 3], as: .float16)
        let intact = writer.data
        var random = SeededGenerator(seed: 7)
        var (readCount, refusedCount) = (0, 0)
        for _ in 0..<20_000 {
            var data = intact
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<data.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: data[position] = UInt8.random(in: 0...255, using: &random)
                case 1: data[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: data = data.prefix(max(1, position))
                default: data.insert(UInt8(ascii: "0"), at: position)
                }
            }
            if let file = try? SafetensorsFile(data: data) {
                readCount += 1
                for tensor in file.tensors {
                    #expect((try? file.values(of: tensor.name))?.count == tensor.elementCount)
                }
            } else {
                refusedCount += 1
            }
        }
        #expect(readCount > 0 && refusedCount > 0)
    }
}
