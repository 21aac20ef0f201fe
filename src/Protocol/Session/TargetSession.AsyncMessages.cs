using System.Buffers;
using System.Buffers.Binary;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// What the target tells unasked (RFC 7143 §11.9): SCSI events, the end of the session, the wish to negotiate. Nothing of it in a discovery session (§7.4.3). The request to
/// log out is in <c>.Logout</c>, the loss of a connection in <c>.Connections</c>, the end of tasks in <c>.FastAbort</c>.
/// </content>
public sealed partial class TargetSession
{
    /// <summary>
    /// Reports a SCSI event (RFC 7143 §11.9.1 event 0) on one connection: once for the nexus.
    /// </summary>
    /// <param name="lun">The logical unit that it is about.</param>
    /// <param name="sense">Sense data that says what happened (§11.9.4).</param>
    /// <param name="effects">The shell.</param>
    /// <returns>False when there is nobody to tell: a discovery session, or one that is being closed.</returns>
    public bool ReportScsiEvent(ulong lun, ReadOnlySpan<byte> sense, ITargetEffects effects)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sense.Length, ushort.MaxValue - SenseLengthField, nameof(sense));
        if (Type == SessionType.Discovery || _connections.Find(static connection => connection.Carries) is not { } connection)
        {
            return false;
        }

        int length = SenseLengthField + sense.Length;
        IMemoryOwner<byte> owner = effects.Pool.Rent(length);
        BinaryPrimitives.WriteUInt16BigEndian(owner.Memory.Span, (ushort)sense.Length);
        sense.CopyTo(owner.Memory.Span[SenseLengthField..]);
        Span<byte> bhs = connection.Outgoing.Add(owner.Memory[..length], owner);
        new AsyncMessage(lun, AsyncEvent.ScsiEvent, 0, 0, 0, 0).Emit(bhs);
        connection.StampStatus(bhs);
        return true;
    }

    /// <summary>
    /// Ends the session on the target's own account and says so on every connection before (RFC 7143 §11.9.1 event 3). Nothing is kept for a recovery: Time2Retain is 0.
    /// </summary>
    public void Drop(string why, ITargetEffects effects)
    {
        if (Type == SessionType.Normal)
        {
            foreach (TargetConnection connection in _connections)
            {
                if (connection.Carries)
                {
                    SendMessage(connection, new AsyncMessage(0, AsyncEvent.SessionDrop, 0, 0, (ushort)Parameters.DefaultTime2Wait, 0));
                }
            }
        }

        Terminate(why, CloseKind.AfterFlush, SessionEnding.Failure, effects); // §8.1.2, T15 and T16 e
    }

    /// <summary>
    /// Asks the initiator to negotiate on a connection (RFC 7143 §11.9.1 event 4). Without a Text or Logout Request in time the connection is closed.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="within">Time that the initiator has; told in whole seconds, rounded up.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// False when nothing was asked: a discovery session, a connection that is being logged out, or one with a negotiation under way, which is what the request is for.
    /// </returns>
    public bool RequestNegotiation(TargetConnection connection, TimeSpan within, TimeSpan now)
    {
        if (Type == SessionType.Discovery || connection.State != ConnectionState.LoggedIn || connection.Text.IsOpen)
        {
            return false;
        }

        ushort seconds = (ushort)Math.Clamp(Math.Ceiling(within.TotalSeconds), 0, ushort.MaxValue);
        SendMessage(connection, new AsyncMessage(0, AsyncEvent.NegotiationRequest, 0, 0, 0, seconds));
        connection.NegotiateBy = now + TimeSpan.FromSeconds(seconds);
        return true;
    }

    private void CheckNegotiationDeadline(TimeSpan now, ITargetEffects effects)
    {
        foreach (TargetConnection connection in _connections)
        {
            // A connection that was asked to log out since then has the deadline of that.
            if (connection.NegotiateBy is { } by && now > by)
            {
                connection.NegotiateBy = null;
                if (connection.State == ConnectionState.LoggedIn)
                {
                    effects.Close(connection, CloseKind.Now, "7143/11.9.1 the initiator does not negotiate, as it was asked to");
                }
            }
        }
    }

    private static void SendMessage(TargetConnection connection, in AsyncMessage message)
    {
        Span<byte> bhs = connection.Outgoing.Add();
        message.Emit(bhs);
        connection.StampStatus(bhs);
    }
}
