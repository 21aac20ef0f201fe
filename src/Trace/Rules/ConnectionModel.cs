using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Where a connection stands.</summary>
internal enum ConnectionPhase
{
    /// <summary>What came before was not captured.</summary>
    Unknown,

    /// <summary>Before or in its login.</summary>
    Login,

    /// <summary>Full feature phase.</summary>
    FullFeature,

    /// <summary>The initiator has sent a logout that ends this connection.</summary>
    LoggingOut,

    /// <summary>The logout was answered, or the login refused: nothing more may come.</summary>
    Over,
}

/// <summary>What is remembered of a connection.</summary>
internal sealed class ConnectionModel(TracedConnection traced)
{
    /// <summary>MaxRecvDataSegmentLength before anything was declared, and during every login (RFC 7143 §6.3, §13.12).</summary>
    public const int DefaultMaxRecvDataSegmentLength = 8192;

    public TracedConnection Traced { get; } = traced;

    public SessionModel Session { get; set; } = new();

    public ConnectionPhase Phase { get; set; } = traced.SeenFromStart ? ConnectionPhase.Login : ConnectionPhase.Unknown;

    public LoginModel Login { get; } = new();

    public TextExchangeModel Text { get; } = new();

    public ushort Cid { get; set; }

    /// <summary>The next StatSN, or null while it is not known.</summary>
    public Serial32? NextStatSN { get; set; }

    /// <summary>The last ExpStatSN of the initiator.</summary>
    public Serial32? LastExpStatSN { get; set; }

    /// <summary>Most data in a PDU to the initiator; null while it is not known.</summary>
    public int? InitiatorMaxRecv { get; set; } = traced.SeenFromStart ? DefaultMaxRecvDataSegmentLength : null;

    /// <summary>Most data in a PDU to the target.</summary>
    public int? TargetMaxRecv { get; set; } = traced.SeenFromStart ? DefaultMaxRecvDataSegmentLength : null;

    /// <summary>Target Transfer Tags of NOP-Ins that want an answer.</summary>
    public HashSet<uint> Pings { get; } = [];

    /// <summary>How often the capture had lost packets when this connection was last looked at.</summary>
    public int LossesKnown { get; set; }

    /// <summary>Was everything of the connection captured so far?</summary>
    public bool IsComplete { get; private set; } = traced.SeenFromStart;

    /// <summary>Something is missing: numbers that were to come next are not known any more.</summary>
    public void LoseTrack()
    {
        IsComplete = false;
        NextStatSN = null;
        LastExpStatSN = null;
        Pings.Clear();
        Text.Reset();
        Session.LoseTrack();
    }
}
