import FlyingFox
import Foundation

/// One viewer's WebSocket: frames out of its bounded queue, commands in.
///
/// FlyingFox' own message handler puts frames into an unbounded stream; this one hands its stream over frame by frame,
/// when the socket takes it.
struct ViewerSocket: WSHandler {
    let broadcast: Broadcast
    /// Called with the text of every command.
    let command: @Sendable (Data) -> Void

    private static let largestCommandBytes = 4096

    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        guard let seat = broadcast.join() else { throw NoSeat() }
        let listening = Task {
            defer { broadcast.leave(seat) }
            for try await frame in client {
                switch frame.opcode {
                case .text where frame.payload.count <= Self.largestCommandBytes: command(frame.payload)
                case .ping: seat.queue.offer(pong: frame.payload)
                case .close: return
                default: break
                }
            }
        }
        return AsyncStream {
            await seat.queue.next().map(Self.frame)
        } onCancel: {
            listening.cancel()
            broadcast.leave(seat)
        }
    }

    private static func frame(_ outgoing: ViewerQueue.Outgoing) -> WSFrame {
        switch outgoing {
        case .text(let payload): WSFrame(fin: true, opcode: .text, mask: nil, payload: payload)
        case .binary(let payload): WSFrame(fin: true, opcode: .binary, mask: nil, payload: payload)
        case .pong(let payload): WSFrame(fin: true, opcode: .pong, mask: nil, payload: payload)
        case .close: .close()
        }
    }
}

/// All seats are taken.
private struct NoSeat: Error {}
