import Corrections
import Dashboard
import Foundation
import Imaging
import TestSupport
import Testing

/// What pages may ask of a review, and what they get.
struct ReviewRequestTests {
    private func request(_ json: String) -> ReviewRequest? { ReviewRequest(Data(json.utf8)) }

    @Test func requestsAreUnderstood() {
        #expect(request(#"{"command":"open","movie":2}"#) == .open(movie: 2))
        #expect(
            request(#"{"command":"pictures","movie":0,"first":64,"count":32}"#) == .pictures(movie: 0, frames: 64..<96)
        )
        #expect(request(#"{"command":"masks","movie":0,"numbers":[4,5]}"#) == .masks(movie: 0, numbers: [4, 5]))
        #expect(request(#"{"command":"accept","movie":0,"numbers":[4]}"#) == .correct(movie: 0, .accept([4])))
        #expect(
            request(#"{"command":"retype","movie":0,"numbers":[4],"class":"undefined"}"#)
                == .correct(movie: 0, .retype([4], .undefined))
        )
        #expect(
            request(#"{"command":"comment","movie":0,"number":4,"text":" why? \n"}"#)
                == .correct(movie: 0, .comment(4, "why?"))
        )
        #expect(
            request(#"{"command":"split","movie":0,"number":4,"at":[9,8,7]}"#)
                == .split(movie: 0, number: 4, at: VoxelPosition(frame: 9, y: 8, x: 7))
        )
        #expect(
            request(#"{"command":"draw","movie":0,"class":"puff","added":[1,2,3,4]}"#)
                == .draw(movie: 0, target: .new(.puff), added: [1, 2, 3, 4], removed: [])
        )
        guard
            case .grow(0, let growth)? = request(
                #"{"command":"grow","movie":0,"number":3,"at":[1,2,3],"share":0.4,"take":true}"#
            )
        else { return #expect(Bool(false), "a region grows") }
        #expect(growth.target == .event(3) && growth.share == 0.4 && growth.isTaken && !growth.byProbability)
    }

    @Test func whatMeansNothingOrAsksForTooMuchIsNoRequest() {
        let long = String(repeating: "x", count: ReviewLine.commentLimit + 1)
        let many = (0...20_000).map(String.init).joined(separator: ",")
        for json in [
            "", "[]", "null", "{}", #"{"command":"open"}"#, #"{"command":"open","movie":-1}"#,
            #"{"command":"open","movie":1e40}"#, #"{"command":"dance","movie":0}"#,
            #"{"command":"pictures","movie":0,"first":0,"count":65}"#,
            #"{"command":"pictures","movie":0,"first":-1,"count":1}"#,
            #"{"command":"pictures","movie":0,"first":9223372036854775807,"count":64}"#,
            #"{"command":"pictures","movie":0,"first":0,"count":0}"#, #"{"command":"masks","movie":0,"numbers":[]}"#,
            #"{"command":"accept","movie":0,"numbers":[\#(many)]}"#,
            #"{"command":"retype","movie":0,"numbers":[1],"class":"whale"}"#,
            #"{"command":"comment","movie":0,"number":1,"text":"\#(long)"}"#,
            #"{"command":"split","movie":0,"number":1,"at":[1,2]}"#,
            #"{"command":"grow","movie":0,"number":1,"at":[1,2,3],"share":0}"#,
            #"{"command":"grow","movie":0,"number":1,"at":[1,2,3],"share":"half"}"#,
            #"{"command":"draw","movie":0,"added":[1,2,3,4]}"#,
        ] {
            #expect(request(json) == nil, "\(json.prefix(80))")
        }
    }

    @Test func damagedRequestsNeverStopTheProgram() {
        var generator = SeededGenerator(seed: 4)
        let whole = Array(
            #"{"command":"grow","movie":0,"number":3,"at":[1,2,3],"share":0.4,"numbers":[1,2],"added":[1,2,3,4]}"#.utf8
        )
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if let request = ReviewRequest(Data(bytes)) { #expect(request.movie >= 0) }
        }
    }

    /// The bytes of a mask, one by one.
    @Test func masksAreRuns() {
        let mask = VoxelRuns([.init(frame: 70_000, y: 3, start: 4, end: 300)])
        let data = ReviewPicture.mask(mask, number: 66_000, version: 5, movie: 1, isDraft: true)
        #expect(Array(data.prefix(4)) == [3, 1, 0, 0])
        func number<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
            data.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
        }
        #expect([4, 8, 12, 16, 20].map { number(UInt32.self, at: $0) } == [66_000, 5, 1, 1, 70_000])
        #expect([24, 26, 28].map { number(UInt16.self, at: $0) } == [3, 4, 300] && data.count == 32)
    }

    @Test func aScanOfAnyLengthFitsOnAPage() {
        for (frameCount, width) in [(1, 1), (7, 3), (5000, 40), (1500, 512), (3001, 1030)] {
            let profile = (0..<frameCount * width).map { Float($0 % 97) / 97 }
            let data = ReviewPicture.scan(profile, width: width, movie: 0)
            func number(_ offset: Int) -> Int {
                Int(
                    data.withUnsafeBytes {
                        UInt16(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
                    }
                )
            }
            #expect(data.count == 24 + number(8) * number(10) && number(8) <= 1030 && number(10) <= 1500)
            #expect(number(8) * number(12) <= width && number(10) * number(14) <= frameCount && number(10) > 0)
        }
    }
}
