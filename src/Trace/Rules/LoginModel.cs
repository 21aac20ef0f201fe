using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>How far a login has come.</summary>
internal sealed class LoginModel
{
    /// <summary>The last request; null before the first.</summary>
    public LoginRequest? Request { get; set; }

    /// <summary>The first request, whose tags the others repeat.</summary>
    public LoginRequest? First { get; set; }

    public Serial32 CmdSN { get; set; }

    /// <summary>The last request has no answer yet.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The stage that the next request has to be in; null when any will do.</summary>
    public LoginStage? Stage { get; set; }

    public NegotiationModel Keys { get; } = new();
}

/// <summary>Text Requests and Responses of a connection.</summary>
internal sealed class TextExchangeModel
{
    public uint? InitiatorTaskTag { get; set; }

    /// <summary>What the target wants to have back; the reserved tag for nothing.</summary>
    public uint TargetTransferTag { get; set; } = Bhs.ReservedTag;

    public bool IsWaiting { get; set; }

    /// <summary>The last request had the F bit.</summary>
    public bool WasFinal { get; set; }

    public NegotiationModel Keys { get; private set; } = new();

    public void Reset()
    {
        InitiatorTaskTag = null;
        TargetTransferTag = Bhs.ReservedTag;
        IsWaiting = false;
        Keys = new();
    }
}
