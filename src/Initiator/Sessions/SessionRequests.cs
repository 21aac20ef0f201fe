using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>A ping that somebody waits for.</summary>
internal sealed class PingCall : InitiatorPing
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _ended.Task;

    public override void Release() => _ended.TrySetResult();
}

/// <summary>A task management function that somebody waits for.</summary>
internal sealed class FunctionCall : InitiatorFunction
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _ended.Task;

    public override void Release() => _ended.TrySetResult();
}

/// <summary>A text exchange that somebody waits for; its rules are the text core's matter.</summary>
internal sealed class TextCall : InitiatorText
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InitiatorTextExchange _exchange;

    public TextCall(InitiatorTextExchange exchange, int peerMaxRecvDataSegmentLength)
    {
        _exchange = exchange;
        Prepare(exchange.Start(peerMaxRecvDataSegmentLength));
    }

    public Task Completion => _ended.Task;

    /// <summary>The last step: what the exchange came to.</summary>
    public InitiatorTextStep Step { get; private set; } = null!;

    public override void Release() => _ended.TrySetResult();

    protected override bool OnResponse(in TextResponse response, ReadOnlySpan<byte> data)
    {
        // The tag on the wire is the session's; that it is right has been seen to.
        Prepare(_exchange.OnResponse(response with { InitiatorTaskTag = _exchange.InitiatorTaskTag }, data));
        return Step.Next == InitiatorTextNext.Send;
    }

    private void Prepare(InitiatorTextStep step)
    {
        Step = step;
        (Final, Continue, Lun, TargetTransferTag, Data) = (step.Request.Final, step.Request.Continue, step.Request.Lun, step.Request.TargetTransferTag, step.Data);
    }
}
