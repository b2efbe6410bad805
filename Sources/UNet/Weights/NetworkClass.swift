/// What the network tells apart; raw values are the channels of its output.
package enum NetworkClass: Int, CaseIterable, Sendable {
    case background = 0
    case spark = 1
    case wave = 2
    case puff = 3
}
