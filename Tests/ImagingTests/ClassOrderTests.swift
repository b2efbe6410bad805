import Imaging
import Testing

@Suite("Numbers of classes in masks")
struct ClassOrderTests {
    @Test("Our order changes nothing; another is brought to ours")
    func order() throws {
        let labels: [UInt32] = [0, 1, 2, 3, 4, 7]
        #expect(ClassOrder.own.own(labels) == labels)
        #expect(try ClassOrder("spark,wave,puff") == .own && ClassOrder.own.description == "spark,wave,puff,undefined")
        #expect(try ClassOrder("spark,puff,wave").own(labels) == [0, 1, 3, 2, 4, 7])
        #expect(try ClassOrder(" Puff, undefined,wave,SPARK").own(labels) == [0, 3, 4, 2, 1, 7])
        #expect(ClassOrder.own.swapped == (try ClassOrder("spark,puff,wave")) && ClassOrder.own.swapped.swapped == .own)
        #expect(ClassOrder.own.swapped.shortDescription == "spark,puff,wave")
    }

    @Test(
        "What is no order is named",
        arguments: [
            "", "spark", "spark,wave", "spark,wave,wave", "spark,wave,puff,puff", "spark,wave,blink", "1,2,3",
            "spark,,wave,puff",
        ]
    )
    func mistakes(text: String) {
        #expect { try ClassOrder(text) } throws: {
            "\($0)".contains("'\(text)'") && "\($0)".contains("spark,puff,wave")
        }
    }
}

@Suite("Shapes of puffs and waves")
struct ClassShapesTests {
    private static let size = FrameSize(height: 20, width: 200)
    private static let calibration = Calibration(pixelSizeMicrometres: 0.2, frameIntervalMilliseconds: 6.8)

    /// Masks of boxes: class, columns, frames.
    private func shapes(_ boxes: [(label: UInt32, columns: Range<Int>, frames: Range<Int>)]) -> ClassShapes {
        var shapes = ClassShapes(size: Self.size)
        for frame in 0..<120 {
            var (classes, instances) = ([UInt32](repeating: 0, count: 4000), [UInt32](repeating: 0, count: 4000))
            for (number, box) in boxes.enumerated() where box.frames.contains(frame) {
                for row in 4..<12 {
                    for column in box.columns {
                        (classes[row * 200 + column], instances[row * 200 + column]) = (box.label, UInt32(number + 1))
                    }
                }
            }
            shapes.add(classes: classes[...], instances: instances[...])
        }
        return shapes
    }

    @Test("Waves that reach farther than puffs raise no doubt, puffs that do raise one")
    func both() throws {
        let (wide, small) = (0..<180, 20..<35)
        let right = shapes([(2, wide, 10..<60), (3, small, 5..<90), (3, 100..<112, 0..<70), (1, wide, 0..<3)])
        #expect(right.doubt(Self.calibration) == nil && right.doubt(nil) == nil)
        let swapped = shapes([(3, wide, 10..<60), (2, small, 5..<90), (2, 100..<112, 0..<70), (1, wide, 0..<3)])
        #expect(swapped.doubt(Self.calibration) == "1 puff reaches over 36.0 µm, 2 waves reach over 3.0 µm")
        #expect(swapped.doubt(nil) == "1 puff reaches over 180 pixels, 2 waves reach over 15 pixels")
        // A mask of classes alone falls into pieces that are as many as events.
        let fragmented = shapes([
            (3, wide, 10..<60), (2, small, 5..<90), (3, 190..<192, 10..<12), (3, 195..<198, 10..<12),
            (3, 190..<193, 20..<21),
        ])
        #expect(fragmented.doubt(nil) == "4 puffs reach over 180 pixels, 1 wave reaches over 15 pixels")
    }

    @Test("Of one class alone only what can hardly be is doubted, and only where pixels mean something")
    func single() {
        let standing = shapes([(2, 20..<35, 5..<90)])
        #expect(
            standing.doubt(Self.calibration) == "1 wave reaches over 3.0 µm for 578 ms" && standing.doubt(nil) == nil
        )
        // A wave that is seen at the edge of the frame for a moment may be small.
        #expect(shapes([(2, 0..<15, 5..<20)]).doubt(Self.calibration) == nil)
        #expect(shapes([(2, 0..<180, 5..<90)]).doubt(Self.calibration) == nil)
        #expect(shapes([(3, 0..<60, 5..<90)]).doubt(Self.calibration) == nil)
        let wide = Calibration(pixelSizeMicrometres: 0.4, frameIntervalMilliseconds: 6.8)
        #expect(shapes([(3, 0..<180, 5..<90)]).doubt(wide) == "1 puff reaches over 72.0 µm")
        #expect(shapes([(1, 0..<180, 5..<90)]).doubt(wide) == nil && shapes([]).doubt(wide) == nil)
    }
}
