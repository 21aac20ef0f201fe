namespace Blockwire.Protocol.Text;

/// <summary>What follows a step of an initiator's text exchange.</summary>
public enum InitiatorTextNext
{
    /// <summary>Send the request of the step and receive the next Text Response.</summary>
    Send,

    /// <summary>The exchange is over and in effect.</summary>
    Done,

    /// <summary>It failed, and nothing of it is in effect (RFC 7143 §6.2: negotiations are atomic).</summary>
    Failed,
}
