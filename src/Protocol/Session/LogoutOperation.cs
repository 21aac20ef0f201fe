using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>A logout that waits for the tasks in its scope to end (RFC 7143 §11.14).</summary>
internal sealed class LogoutOperation(TargetConnection carrier, in LogoutRequest request, List<TargetConnection> closing, List<ulong> units, TimeSpan startedAt) : EndWait
{
    /// <summary>The connection that the request came on and the response leaves by.</summary>
    public TargetConnection Carrier { get; } = carrier;

    /// <inheritdoc/>
    public override TargetConnection AnswersOn => Carrier;

    /// <summary>The request.</summary>
    public LogoutRequest Request { get; } = request;

    /// <summary>The connections that it closes.</summary>
    public List<TargetConnection> Closing { get; } = closing;

    /// <summary>LUNs of the commands that it ends (RFC 7143 §11.14.5 a).</summary>
    public List<ulong> Units { get; } = units;

    /// <summary>When it was received.</summary>
    public TimeSpan StartedAt { get; } = startedAt;
}
