using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <summary>
/// One connection of a session at the target. StatSN belongs to it, and the batch of PDUs that wait to be sent; every PDU of the target is stamped here and
/// nowhere else (RFC 7143 §4.2.2.2).
/// </summary>
public sealed class TargetConnection
{
    private PduBatch _outgoing = new();

    internal TargetConnection(TargetSession session, ushort cid, ConnectionParameters parameters, Serial32 nextStatSN, IdleProbe probe, TargetTextExchange text)
    {
        Session = session;
        Cid = cid;
        Parameters = parameters;
        NextStatSN = nextStatSN;
        AcknowledgedStatSN = nextStatSN;
        Probe = probe;
        Text = text;
        Statuses = session.Parameters.ErrorRecoveryLevel > 0 ? new StatusLog() : null;
    }

    /// <summary>The session it belongs to.</summary>
    public TargetSession Session { get; }

    /// <summary>Connection ID.</summary>
    public ushort Cid { get; }

    /// <summary>Negotiated values of this connection.</summary>
    public ConnectionParameters Parameters { get; internal set; }

    /// <summary>Where it stands.</summary>
    public ConnectionState State { get; private set; } = ConnectionState.InLogin;

    /// <summary>How far its cleanup is; meaningful in <see cref="ConnectionState.CleanupWait"/> and after it.</summary>
    public CleanupState Cleanup { get; private set; }

    /// <summary>When the time of its cleanup is up, or, once it is free, the time that its tasks have to be reassigned.</summary>
    internal TimeSpan Deadline { get; set; }

    /// <summary>The shell has lost its transport connection.</summary>
    internal bool TransportGone { get; set; }

    /// <summary>PDUs may be sent for tasks: S5 or S7. In S6 only the Logout Response is still to come.</summary>
    internal bool Carries => State is ConnectionState.LoggedIn or ConnectionState.LogoutRequested;

    /// <summary>It has a transport connection that PDUs may be queued for.</summary>
    internal bool IsUp => State is ConnectionState.LoggedIn or ConnectionState.LogoutRequested or ConnectionState.InLogout;

    /// <summary>Responses that are not acknowledged; null at recovery level 0.</summary>
    internal StatusLog? Statuses { get; }

    /// <summary>Makes a transition of RFC 7143 §8.1.4.</summary>
    internal void Move(ConnectionTransition transition)
    {
        State = ConnectionStates.Next(State, transition);
        if (State == ConnectionState.CleanupWait)
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
            State = ConnectionState.Free;
        }

        Session.Observer?.Moved(this, transition);
    }

    /// <summary>StatSN of the next status.</summary>
    public Serial32 NextStatSN { get; private set; }

    /// <summary>First StatSN that the initiator has not acknowledged.</summary>
    public Serial32 AcknowledgedStatSN { get; private set; }

    /// <summary>Watches for silence.</summary>
    internal IdleProbe Probe { get; }

    /// <summary>Text Requests of this connection.</summary>
    internal TargetTextExchange Text { get; }

    /// <summary>When its initiator must have begun to negotiate; null when it was not asked to (RFC 7143 §11.9.1 event 4).</summary>
    internal TimeSpan? NegotiateBy { get; set; }

    /// <summary>The task into whose memory the shell is receiving a data segment now.</summary>
    internal TargetTask? LandingTask { get; set; }

    /// <summary>Memory that the shell still receives into for a task that has left this connection; dropped when it has stopped.</summary>
    internal IDisposable? StrandedLanding { get; set; }

    /// <summary>When data from the initiator last came, whatever task it was for.</summary>
    internal TimeSpan HeardDataAt { get; set; }

    /// <summary>Whatever the shell wants to find again with the connection.</summary>
    public object? Shell { get; set; }

    /// <summary>PDUs wait to be sent.</summary>
    public bool HasOutgoing => _outgoing.Count > 0;

    /// <summary>PDUs that wait.</summary>
    public int OutgoingCount => _outgoing.Count;

    /// <summary>Bytes of data in PDUs that wait.</summary>
    public long OutgoingBytes => _outgoing.DataBytes;

    /// <summary>
    /// The peer has made room for what waited to be sent: it lives, though it cannot be heard while the shell does not receive because so much waits.
    /// </summary>
    public void TakesAnswers(TimeSpan now)
    {
        TookAnswersAt = now;
        Probe.OnPdu(now);
    }

    /// <summary>When it last did.</summary>
    internal TimeSpan TookAnswersAt { get; private set; }

    /// <summary>Takes the waiting PDUs and leaves an empty batch in their place.</summary>
    public PduBatch TakeOutgoing(PduBatch empty)
    {
        PduBatch taken = _outgoing;
        _outgoing = empty;
        return taken;
    }

    /// <summary>Gives back everything that was never sent.</summary>
    internal long DropOutgoing()
    {
        long charge = _outgoing.Charge;
        _outgoing.Recycle();
        return charge;
    }

    /// <summary>The batch, for the session core to append to.</summary>
    internal PduBatch Outgoing => _outgoing;

    /// <summary>A PDU with a status of its own: takes the next StatSN.</summary>
    /// <remarks>The PDU is the last one in <see cref="Outgoing"/> and complete. Above recovery level 0 it is kept until it is acknowledged.</remarks>
    internal void StampStatus(Span<byte> bhs)
    {
        Session.WindowNumbers(NextStatSN).Write(bhs);
        Statuses?.Add(NextStatSN, bhs, _outgoing.Data(_outgoing.Count - 1).Span);
        NextStatSN += 1;
    }

    /// <summary>A PDU that is sent again keeps its StatSN and shows the window as it is now (RFC 7143 §11.16).</summary>
    internal void StampAgain(Span<byte> bhs, Serial32 statSN) => Session.WindowNumbers(statSN).Write(bhs);

    /// <summary>R2T and NOP-In without a task: show the next StatSN and do not take it (RFC 7143 §11.8.3, §11.19.2).</summary>
    internal void StampNext(Span<byte> bhs) => Session.WindowNumbers(NextStatSN).Write(bhs);

    /// <summary>Data-In without status: the StatSN field is reserved (RFC 7143 §11.7.3).</summary>
    internal void StampData(Span<byte> bhs) => Session.WindowNumbers(new Serial32(0)).Write(bhs);

    /// <summary>The initiator has everything up to this number, if that can be.</summary>
    internal void Acknowledge(Serial32 expStatSN)
    {
        if (expStatSN > AcknowledgedStatSN && expStatSN <= NextStatSN)
        {
            AcknowledgedStatSN = expStatSN;
        }
    }
}
