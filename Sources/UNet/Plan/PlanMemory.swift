/// Plans windows and remembers the plans: a steady recording repeats a few of them, and then nothing is planned, or
/// allocated, any more.
///
/// What a planner does next depends on its state apart from the position, and on what it is asked. States are numbered
/// as they appear; every one remembers where each question has led.
struct PlanMemory {
    private enum Question: Hashable {
        case arrival(frameCount: Int)
        case window
        case side(SideOutput.Place, newFrameCount: Int, newestCellCount: Int)
    }

    private enum Answer {
        case arrival(ArrivalPlan)
        case window(IncrementalPlan)
        case side(SidePlan)
    }

    private struct Step {
        let question: Question
        let request: WindowRequest
        let answer: Answer
        let nextState: Int
    }

    /// Without position.
    private var states: [IncrementalPlanner]
    /// Per state what it was asked.
    private var steps: [[Step]] = [[]]
    private var current = 0
    private var firstFrame = 0

    /// More states than any regular recording has; then all are forgotten.
    private static let stateLimit = 1024

    init(windowFrameCount: Int, steps: Int) {
        states = [IncrementalPlanner(windowFrameCount: windowFrameCount, steps: steps)]
    }

    /// Forgets all windows, but no plans.
    mutating func restart() {
        current = 0
        firstFrame = 0
    }

    /// See ``IncrementalPlanner/next(shift:wanted:)``; a shift of the first window after a restart does not count.
    mutating func next(_ request: WindowRequest) -> IncrementalPlan {
        guard case .window(var plan) = answer(.window, request) else { preconditionFailure("windows for windows") }
        // Plans are remembered as of a last window that starts at frame 0.
        firstFrame += plan.firstFrame
        plan.firstFrame = firstFrame
        return plan
    }

    /// See ``IncrementalPlanner/arrive(_:expecting:)``.
    mutating func arrive(_ frameCount: Int, expecting request: WindowRequest) -> ArrivalPlan {
        guard case .arrival(var plan) = answer(.arrival(frameCount: frameCount), request) else {
            preconditionFailure("arrivals for arrivals")
        }
        firstFrame += plan.firstFrame
        plan.firstFrame = firstFrame
        return plan
    }

    /// See ``IncrementalPlanner/side(_:newFrameCount:newestCellCount:)``.
    mutating func side(_ place: SideOutput.Place, newFrameCount: Int, newestCellCount: Int) -> SidePlan {
        let question = Question.side(place, newFrameCount: newFrameCount, newestCellCount: newestCellCount)
        guard case .side(var plan) = answer(question, WindowRequest(shift: 0, wanted: [])) else {
            preconditionFailure("side outputs for side outputs")
        }
        plan.firstFrame += firstFrame
        return plan
    }

    private mutating func answer(_ question: Question, _ request: WindowRequest) -> Answer {
        for index in steps[current].indices {
            let step = steps[current][index]
            guard step.question == question, step.request == request else { continue }
            current = step.nextState
            return step.answer
        }
        let step = plan(question, request)
        steps[current].append(step)
        current = step.nextState
        return step.answer
    }

    private mutating func plan(_ question: Question, _ request: WindowRequest) -> Step {
        if states.count >= Self.stateLimit {
            // The first state is that behind a restart.
            states = [states[0], states[current]]
            steps = [[], []]
            current = current == 0 ? 0 : 1
        }
        var planner = states[current]
        let answer: Answer
        switch question {
        case .arrival(let frameCount): answer = .arrival(planner.arrive(frameCount, expecting: request))
        case .window: answer = .window(planner.next(shift: request.shift, wanted: request.wanted))
        case .side(let place, let newFrameCount, let newestCellCount):
            let plan = planner.side(place, newFrameCount: newFrameCount, newestCellCount: newestCellCount)
            return Step(question: question, request: request, answer: .side(plan), nextState: current)
        }
        let state = planner.withoutPosition
        let nextState = states.firstIndex(of: state) ?? states.count
        if nextState == states.count {
            states.append(state)
            steps.append([])
        }
        return Step(question: question, request: request, answer: answer, nextState: nextState)
    }
}
