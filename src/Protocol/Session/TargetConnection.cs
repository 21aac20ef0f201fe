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
    }

    /// <summary>The session it belongs to.</summary>
    public TargetSession Session { get; }

    /// <summary>Connection ID.</summary>
    public ushort Cid { get; }

    /// <summary>Negotiated values of this connection.</summary>
    public ConnectionParameters Parameters { get; internal set; }

    /// <summary>Where it stands.</summary>
    public ConnectionState State { get; internal set; } = ConnectionState.LoggedIn;

    /// <summary>StatSN of the next status.</summary>
    public Serial32 NextStatSN { get; private set; }

    /// <summary>First StatSN that the initiator has not acknowledged.</summary>
    public Serial32 AcknowledgedStatSN { get; private set; }

    /// <summary>Watches for silence.</summary>
    internal IdleProbe Probe { get; }

    /// <summary>Text Requests of this connection.</summary>
    internal TargetTextExchange Text { get; }

    /// <summary>The task into whose memory the shell is receiving a data segment now.</summary>
    internal TargetTask? LandingTask { get; set; }

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
    internal void StampStatus(Span<byte> bhs)
    {
        Session.WindowNumbers(NextStatSN).Write(bhs);
        NextStatSN += 1;
    }

    /// <summary>R2T and NOP-In without a task: show the next StatSN and do not take it (RFC 7143 §11.8.3, §11.19.2).</summary>
    internal void StampNext(Span<byte> bhs) => Session.WindowNumbers(NextStatSN).Write(bhs);

    /// <summary>Data-In without status: the StatSN field is reserved (RFC 7143 §11.7.3).</summary>
    internal void StampData(Span<byte> bhs) => Session.WindowNumbers(new Serial32(0)).Write(bhs);

    /// <summary>The initiator has everything up to this number.</summary>
    internal void Acknowledge(Serial32 expStatSN)
    {
        if (expStatSN > AcknowledgedStatSN && expStatSN <= NextStatSN)
        {
            AcknowledgedStatSN = expStatSN;
        }
    }
}
