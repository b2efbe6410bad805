import Foundation
import TestSupport
import Testing
import UNet

@Suite("Archives of checkpoints")
struct CheckpointArchiveTests {
    private let intact = CheckpointFile().archive

    private func refusal(_ archive: ArchiveWriter) -> CheckpointError? {
        CheckpointFile.refusal(archive.data) as? CheckpointError
    }

    /// A malformed archive refused for a reason that contains `text`.
    private func expectMalformed(
        _ archive: ArchiveWriter,
        _ text: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard case .malformedArchive(_, let reason) = refusal(archive), reason.contains(text) else {
            Issue.record("\(String(describing: refusal(archive)))", sourceLocation: location)
            return
        }
    }

    @Test func everyFormOfArchiveIsRead() {
        var archive = intact
        #expect(refusal(archive) == nil)
        archive.comment = "PK\u{5}\u{6} is how this comment starts"
        #expect(refusal(archive) == nil)
        archive.isWide = true
        #expect(refusal(archive) == nil)
        for index in archive.entries.indices { archive.entries[index].isWide = index.isMultiple(of: 2) }
        #expect(refusal(archive) == nil)
        archive.entries.append(ArchiveWriter.Entry(name: "x/byteorder", bytes: Array("little".utf8)))
        archive.entries.append(ArchiveWriter.Entry(name: "x/more/", bytes: []))
        #expect(refusal(archive) == nil)
    }

    @Test func lyingHeadersAreRefused() {
        var archive = intact
        archive.claimedEntryCount = 3
        expectMalformed(archive, "longer than its entries")
        archive.claimedEntryCount = UInt64(intact.entries.count + 1)
        expectMalformed(archive, "cut off")
        archive.isWide = true
        for count in [1 << 20, UInt64.max] {
            archive.claimedEntryCount = count
            #expect(refusal(archive) == .tooLarge(what: "archive entries", count: count, limit: 65536))
        }
        archive = intact
        for (isWide, offset) in [(false, 1 << 31), (true, 1 << 40), (true, UInt64.max), (true, 1 << 63)] {
            archive.isWide = isWide
            archive.claimedDirectoryOffset = offset
            expectMalformed(archive, "outside the file")
        }
        archive = intact
        archive.claimedDirectoryOffset = 0
        expectMalformed(archive, "directory")
        for (count, isWide) in [(1 << 31, false), (1 << 62, true), (UInt64.max, true), (100_000, false)] {
            archive = intact
            archive.entries[1].isWide = isWide
            archive.entries[1].claimedByteCount = count
            #expect(refusal(archive) != nil)
        }
        for offset: UInt64 in [1, 1 << 31, .max >> 1, .max] {
            archive = intact
            archive.entries[1].isWide = true
            archive.entries[1].claimedOffset = offset
            #expect(refusal(archive) != nil)
        }
    }

    @Test func entriesThatAreNotStoredPlainlyAreRefused() {
        var archive = intact
        archive.entries[0].method = 8
        #expect(refusal(archive) == .compressedEntry("x/data.pkl"))
        archive = intact
        archive.entries[2].flags = 1
        #expect(refusal(archive) == .encryptedEntry("x/data/1"))
        archive = intact
        archive.entries[1].checksum = 1
        #expect(refusal(archive) == .damagedEntry("x/data/0"))
        archive = intact
        archive.entries[3].claimedOffset = 0
        archive.entries[3].localName = "x/data.pkl"
        expectMalformed(archive, "another name")
        archive = intact
        archive.entries[3].localName = "x/data/7"
        expectMalformed(archive, "another name")
        archive = intact
        archive.entries[3].name = "x/data/1"
        expectMalformed(archive, "exists twice")
    }

    /// The bytes of one storage contain an archive of their own, whose entry the directory claims as well.
    @Test func overlappingEntriesAreRefused() throws {
        var archive = intact
        let inner = ArchiveWriter([ArchiveWriter.Entry(name: "x/data/inner", bytes: [1, 2, 3, 4])]).data
        archive.entries.insert(ArchiveWriter.Entry(name: "x/outer", bytes: Array(inner)), at: 0)
        #expect(refusal(archive) == nil)
        archive.entries.append(ArchiveWriter.Entry(name: "x/data/inner", bytes: [1, 2, 3, 4]))
        let last = archive.entries.count - 1
        archive.entries[last].claimedOffset = UInt64(30 + "x/outer".utf8.count)
        expectMalformed(archive, "overlap")
    }

    @Test(arguments: [
        "/data.pkl", "../data.pkl", "x/../y", "./x", "x//y", "C:\\x", "x\u{0}y", "x\ny", "",
        String(repeating: "x", count: 1025),
    ])
    func namesThatAreNoPlainPathsAreRefused(name: String) {
        var archive = intact
        archive.entries.append(ArchiveWriter.Entry(name: name, bytes: []))
        expectMalformed(archive, "plain relative path")
    }

    @Test func missingPartsAreNamed() {
        var archive = intact
        archive.entries.removeFirst()
        #expect(refusal(archive) == .missingEntry("NAME/data.pkl"))
        archive = intact
        archive.entries.append(ArchiveWriter.Entry(name: "y/data.pkl", bytes: []))
        #expect(refusal(archive) == .missingEntry("NAME/data.pkl"))
        archive = intact
        archive.entries.removeLast()
        #expect(refusal(archive) == .missingEntry(intact.entries[intact.entries.count - 1].name))
        archive = intact
        archive.entries[1].bytes.append(0)
        #expect(
            refusal(archive) == .storageSizeMismatch(entry: "x/data/0", byteCount: 109, neededByteCount: 108)
        )
        archive = intact
        archive.entries.append(ArchiveWriter.Entry(name: "x/byteorder", bytes: Array("big".utf8)))
        #expect(refusal(archive) == .unsupportedByteOrder("big"))
        archive = intact
        archive.entries.append(ArchiveWriter.Entry(name: "x/constants.pkl", bytes: []))
        #expect(refusal(archive) == .torchScript)
    }

    @Test func otherFilesAreNamed() {
        #expect(CheckpointFile.refusal(Data()) as? CheckpointError == .unknownFormat)
        #expect(CheckpointFile.refusal(Data(count: 100)) as? CheckpointError == .unknownFormat)
        let legacy = Data([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
        #expect(CheckpointFile.refusal(legacy) as? CheckpointError == .legacyFormat)
        #expect(throws: CheckpointError.self) {
            try TorchCheckpoint(contentsOf: PackagePaths.fixtures.appending(path: "no such file"))
        }
    }

    @Test func everyTruncationIsRefused() {
        let data = intact.data
        #expect(CheckpointFile.refusal(data) == nil)
        for count in 0..<data.count {
            #expect(CheckpointFile.refusal(data.prefix(count)) is CheckpointError, "\(count) bytes")
        }
    }

    /// Without checksums damage reaches every part; it is read or refused, never followed out of bounds.
    @Test(arguments: [false, true])
    func damageIsSurvived(isWide: Bool) {
        var archive = intact
        archive.isWide = isWide
        for index in archive.entries.indices { archive.entries[index].isWide = isWide }
        let intact = archive.data
        // Where the structure is: not in the storages, which make up most of the file.
        let pickleEnd = archive.entries[0].bytes.count + 64
        let directoryStart = intact.count - archive.entries.count * 120
        var random = SeededGenerator(seed: 11)
        var (readCount, refusedCount) = (0, 0)
        for _ in 0..<4000 {
            var data = intact
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position =
                    Bool.random(using: &random)
                    ? Int.random(in: 0..<pickleEnd, using: &random)
                    : Int.random(in: directoryStart..<data.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: data[position] = UInt8.random(in: 0...255, using: &random)
                case 1: data[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                default: data[position] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
                }
            }
            if CheckpointFile.refusal(data) == nil { readCount += 1 } else { refusedCount += 1 }
        }
        #expect(readCount > 0 && refusedCount > 0)
    }
}
