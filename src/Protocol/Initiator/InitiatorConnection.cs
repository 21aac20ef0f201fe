using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <summary>What a connection of the initiator is opened for.</summary>
public enum ConnectionPurpose
{
    /// <summary>It begins a session: its login has TSIH 0.</summary>
    Leading,

    /// <summary>It joins the session with a CID of its own.</summary>
    Join,

    /// <summary>It takes the place of a lost connection with the same CID (RFC 7143 §6.3.4).</summary>
    Reinstate,
}

/// <summary>
/// One connection of a session at the initiator. Every PDU of the initiator is stamped here and nowhere else with CmdSN and ExpStatSN (RFC 7143 §4.2.2).
/// </summary>
public sealed class InitiatorConnection
{
    private const int MostQueuedBeforeAnswers = 1 << 16;

    private PduBatch _outgoing = new();

    internal InitiatorConnection(InitiatorSession session, ushort cid, ConnectionPurpose purpose, InitiatorConnection? replaces, IdleProbe probe)
    {
        Session = session;
        Cid = cid;
        Purpose = purpose;
        Replaces = replaces;
        Probe = probe;
    }

    /// <summary>The session it belongs to.</summary>
    public InitiatorSession Session { get; }

    /// <summary>Connection ID.</summary>
    public ushort Cid { get; }

    /// <summary>What it was opened for.</summary>
    public ConnectionPurpose Purpose { get; }

    /// <summary>The lost connection whose place it takes.</summary>
    public InitiatorConnection? Replaces { get; }

    /// <summary>Where it stands.</summary>
    public InitiatorConnectionState State { get; private set; }

    /// <summary>How far its cleanup is; meaningful in <see cref="InitiatorConnectionState.CleanupWait"/> and after it.</summary>
    public CleanupState Cleanup { get; private set; }

    /// <summary>Negotiated values of this connection.</summary>
    public ConnectionParameters Parameters { get; internal set; } = ConnectionParameters.Default;

    /// <summary>Whatever the shell wants to find again with the connection.</summary>
    public object? Shell { get; set; }

    /// <summary>Tasks that are allegiant to it.</summary>
    public int TaskCount { get; internal set; }

    /// <summary>Requests may be sent on it (S5).</summary>
    public bool IsLoggedIn => State == InitiatorConnectionState.LoggedIn;

    /// <summary>It is in the full feature phase: what comes on it counts.</summary>
    public bool IsOpen => State is InitiatorConnectionState.LoggedIn or InitiatorConnectionState.LogoutRequested or InitiatorConnectionState.InLogout;

    /// <summary>Data may be sent for its tasks and pings be answered: S5 or S7.</summary>
    internal bool Carries => State is InitiatorConnectionState.LoggedIn or InitiatorConnectionState.LogoutRequested;

    /// <summary>What has come on it, as far as nothing is missing: ExpStatSN of whatever takes its place (RFC 7143 §11.12.9, §11.14.4).</summary>
    public Serial32 ExpStatSN => Statuses.ExpStatSN;

    /// <summary>When a PDU last came, and with it the target's command numbers.</summary>
    internal TimeSpan HeardAt { get; set; }

    internal StatusSequence Statuses { get; set; } = new(default);

    internal IdleProbe Probe { get; }

    internal ProbePing Ping { get; } = new();

    internal DataLanding Landing { get; } = new();

    /// <summary>Login, logout that the target asked for, or recovery: when the next step is due.</summary>
    internal TimeSpan Deadline { get; set; } = TimeSpan.MaxValue;

    /// <summary>The logout or the connection that is to settle it while it waits for cleanup.</summary>
    internal object? Remedy { get; set; }

    /// <summary>Tries to settle it.</summary>
    internal int Attempts { get; set; }

    internal TimeSpan LostAt { get; set; }

    /// <summary>When its tasks are given up at the target: Time2Wait and Time2Retain after it was lost.</summary>
    internal TimeSpan RetainedUntil { get; set; }

    /// <summary>The target does not recover it: it is closed instead.</summary>
    internal bool RefusesRecovery { get; set; }

    internal string WhyLost { get; set; } = "";

    /// <summary>The target has asked for a Text Request, and none was sent since.</summary>
    internal bool OwesText { get; set; }

    internal TimeSpan SnackAt { get; set; }

    internal int Snacks { get; set; }

    /// <summary>PDUs wait to be sent.</summary>
    public bool HasOutgoing => _outgoing.Count > 0;

    /// <summary>PDUs that wait.</summary>
    public int OutgoingCount => _outgoing.Count;

    /// <summary>So much waits that a target which asks for still more answers does not take any: it gets none until it does.</summary>
    internal bool IsClogged => _outgoing.Count >= MostQueuedBeforeAnswers;

    /// <summary>Bytes of data in PDUs that wait.</summary>
    public long OutgoingBytes => _outgoing.DataBytes;

    /// <summary>Takes the waiting PDUs and leaves an empty batch in their place.</summary>
    public PduBatch TakeOutgoing(PduBatch empty)
    {
        PduBatch taken = _outgoing;
        _outgoing = empty;
        return taken;
    }

    internal PduBatch Outgoing => _outgoing;

    /// <summary>A request: shows its CmdSN, and acknowledges what has come (RFC 7143 §4.2.2).</summary>
    internal void Stamp(Span<byte> bhs, Serial32 cmdSN) => new InitiatorNumbers(cmdSN, Statuses.ExpStatSN).Write(bhs);

    /// <summary>Data-Out and SNACK, which have no CmdSN (RFC 7143 §11.7, §11.16).</summary>
    internal void StampData(Span<byte> bhs) => new InitiatorNumbers(default, Statuses.ExpStatSN).WriteExpStatSN(bhs);

    /// <summary>Makes a transition of RFC 7143 §8.1.3.</summary>
    internal void Move(InitiatorConnectionTransition transition)
    {
        State = InitiatorConnectionStates.Next(State, transition);
        if (State == InitiatorConnectionState.CleanupWait)
        {
            Cleanup = CleanupState.CleanupWait;
        }

        Session.Observer?.Moved(this, transition);
    }

    /// <summary>Makes a transition of RFC 7143 §8.2; R3 is S1.</summary>
    internal void Move(CleanupTransition transition)
    {
        Cleanup = CleanupStates.Next(Cleanup, transition);
        if (Cleanup == CleanupState.Free)
        {
            State = InitiatorConnectionState.Free;
        }

        Session.Observer?.Moved(this, transition);
    }

    /// <inheritdoc/>
    public override string ToString() => $"connection {Cid}";
}
