using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>A task management function that is being carried out; its response goes out when every task it covers has ended (RFC 7143 §11.6.1).</summary>
public sealed class TaskManagementOperation : EndWait
{
    internal TaskManagementOperation(TargetConnection connection, in TaskManagementRequest request, Serial32 cmdSN)
    {
        Connection = connection;
        Request = request;
        CmdSN = cmdSN;
    }

    /// <summary>The connection that the request came on and the response leaves by.</summary>
    public TargetConnection Connection { get; }

    /// <inheritdoc/>
    public override TargetConnection AnswersOn => Connection;

    /// <summary>The request.</summary>
    public TaskManagementRequest Request { get; }

    /// <summary>Tasks of the same session with a lower number are covered.</summary>
    public Serial32 CmdSN { get; }

    /// <summary>It takes the whole target: every logical unit (RFC 7143 §4.2.3.2).</summary>
    public bool IsTargetReset => Request.Function is TaskManagementFunction.TargetWarmReset or TaskManagementFunction.TargetColdReset;

    /// <summary>Place in the order of delivery of the last command that was delivered before it came.</summary>
    internal ulong ArrivedBehind { get; init; }

    /// <summary>When it began to be carried out, for the patience with initiators that leave R2Ts unanswered.</summary>
    public TimeSpan StartedAt { get; internal set; }

    /// <summary>What will be answered.</summary>
    public TaskManagementResponseCode Response { get; internal set; } = TaskManagementResponseCode.FunctionComplete;

    /// <summary>Additional response information, 24 bits (RFC 7144 §6.4.1).</summary>
    internal int AdditionalInformation { get; set; }
}
