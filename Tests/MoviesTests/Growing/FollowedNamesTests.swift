import Movies
import Testing

@Suite("Names of followed files")
struct FollowedNamesTests {
    private func number(_ names: String...) throws -> Int {
        let numbered = try names.map { try #require(NumberedName($0)) }
        return numbered[0].numbers[FrameNumbering(numbered).field]
    }

    @Test("The number of the frame, in names as programs give them")
    func numbering() throws {
        #expect(try number("img_000000017.tif") == 17)
        #expect(try number("img_000000017_Default_000.tif") == 17)
        #expect(try number("img_channel002_position001_time000000017_z003.tif") == 17)
        #expect(try number("cell7_t017_ch2.tif") == 17)
        #expect(try number("20261130_cell7_0017.tif") == 17)
        // One name says nothing, two do.
        #expect(try number("0017_cell7.tif") == 7)
        #expect(try number("0017_cell7.tif", "0018_cell7.tif") == 17)
        #expect(try number("17.tif") == 17)
        #expect(try number("a1b2.ome.tif") == 2)
        #expect(NumberedName("frame.tif") == nil)
        #expect(NumberedName("frame_1234567890123456.tif") == nil)
    }

    @Test("What is left of a name without the number of the frame")
    func patterns() throws {
        let name = try #require(NumberedName("img_000000017_Default_002.tif"))
        #expect(name.pattern(without: 0) == "img_#_Default_002.tif")
        #expect(name.texts == ["img_", "_Default_", ".tif"])
    }

    @Test("Files that go on after another, and others that do not")
    func rotation() {
        func place(_ other: String, after name: String) -> Int? { RotatedNames(name).place(of: other) }
        #expect(place("movie.tif", after: "movie.tif") == 0)
        #expect(place("movie-2.tif", after: "movie.tif") == 2)
        #expect(place("movie_1.ome.tif", after: "movie.ome.tif") == 1)
        #expect(place("movie_00002.tif", after: "movie_00001.tif") == 1)
        #expect(place("cell3_00001_00004.tif", after: "cell3_00001_00002.tif") == 2)
        for other in ["movies.tif", "movie2.tif", "movie-2b.tif", "other-2.tif", "movie-2.ome.tif", "movie--2.tif"] {
            #expect(place(other, after: "movie.tif") == nil, "\(other)")
        }
        #expect(place("cell4_00001_00004.tif", after: "cell3_00001_00002.tif") == nil)
        #expect(place("movie_00001.tif", after: "movie_00002.tif") == nil)
        #expect(FrameFollower.isMicroManagerPart("a_MMStack_Pos0_1.ome.tif", of: "a_MMStack_Pos0.ome.tif"))
        #expect(FrameFollower.isMicroManagerPart("a_MMStack_Pos0_2.ome.tif", of: "a_MMStack_Pos0_1.ome.tif"))
        #expect(!FrameFollower.isMicroManagerPart("a_MMStack_Pos0_3.ome.tif", of: "a_MMStack_Pos0_1.ome.tif"))
        #expect(!FrameFollower.isMicroManagerPart("movie-1.tif", of: "movie.tif"))
    }
}
