using System.Buffers;
using System.Buffers.Binary;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>What goes to the initiator for a task: data, status, residuals; and Rejects (RFC 7143 §11.4, §11.7, §11.17).</content>
public sealed partial class TargetSession
{
    private const byte StatusGood = 0;
    private const int SenseLengthField = 2;

    // Data and status in one go. At recovery level 0 the last Data-In carries a good status (phase collapse); above it the status has a PDU of its own, which can be
    // sent again without the data.
    private void Respond(TargetTask task, ITargetEffects effects)
    {
        (ResidualFlags flags, uint residual, uint readResidual) = Residuals(task);
        uint length = task.Status == StatusGood ? Math.Min((uint)task.DataIn.Length, task.ExpectedDataIn) : 0;
        bool collapse = length > 0 && !(task.Read && task.Write) && !Recovers;
        task.In.Layout = LayOut(task, task.In.FirstDataSN, 0, length);
        task.In.AcknowledgedDataSN = task.In.FirstDataSN;
        if (Recovers && task.DataInOwner is { } owner)
        {
            task.DataInOwner = new SharedMemory(owner);
        }

        SendData(task, collapse, flags, residual);
        if (!collapse)
        {
            SendStatus(task, flags, residual, readResidual, effects.Pool);
        }
    }

    private DataInLayout LayOut(TargetTask task, uint firstDataSN, uint firstOffset, uint endOffset) => new(
        firstDataSN, firstOffset, endOffset, (uint)task.Connection.Parameters.PeerMaxRecvDataSegmentLength, (uint)Parameters.MaxBurstLength);

    private void SendData(TargetTask task, bool collapse, ResidualFlags flags, uint residual)
    {
        DataInLayout layout = task.In.Layout;
        for (uint dataSN = layout.FirstDataSN; dataSN != layout.EndDataSN; dataSN++)
        {
            DataInPiece piece = layout.Piece(dataSN);
            IMemoryOwner<byte>? owner = null;
            long charge = 0;
            if (piece.IsLast)
            {
                // The buffer goes with the PDU that uses it last, and its share of the budget with it: lent pages cost none, but their PDUs do.
                owner = HandOver(task);
                charge = Math.Max(0, task.Charged - task.Out.Accepted);
                task.Charged -= charge;
            }

            bool status = piece.IsLast && collapse;
            Span<byte> bhs = AddPiece(task, piece, owner, charge, status ? flags : ResidualFlags.None, status ? residual : 0, status);
            if (status)
            {
                task.Connection.StampStatus(bhs);
            }
            else
            {
                task.Connection.StampData(bhs);
            }
        }
    }

    private Span<byte> AddPiece(TargetTask task, in DataInPiece piece, IMemoryOwner<byte>? owner, long charge, ResidualFlags flags, uint residual, bool status)
    {
        bool acknowledge = Recovers && piece.EndsSequence && !piece.IsLast;
        Span<byte> bhs = task.Connection.Outgoing.Add(task.DataIn.Slice((int)piece.Offset, (int)piece.Length), owner, charge);
        new DataIn(
            piece.EndsSequence,
            acknowledge,
            status,
            flags,
            status ? task.Status : (byte)0,
            acknowledge ? task.Lun : 0,
            task.InitiatorTaskTag,
            acknowledge ? AcknowledgeTagOf(task) : Bhs.ReservedTag,
            new Serial32(piece.DataSN),
            piece.Offset,
            residual).Emit(bhs);
        return bhs;
    }

    // Who keeps the data for retransmission shares it with the PDUs that carry it.
    private static IMemoryOwner<byte>? HandOver(TargetTask task)
    {
        if (task.DataInOwner is SharedMemory shared)
        {
            return shared.Share();
        }

        IMemoryOwner<byte>? owner = task.DataInOwner;
        task.DataInOwner = null;
        return owner;
    }

    private static void SendStatus(TargetTask task, ResidualFlags flags, uint residual, uint readResidual, MemoryPool<byte> pool)
    {
        Span<byte> bhs;
        if (task.Sense.IsEmpty)
        {
            bhs = task.Connection.Outgoing.Add();
        }
        else
        {
            // RFC 7143 §11.4.7: SenseLength, then the sense data.
            int length = SenseLengthField + task.Sense.Length;
            IMemoryOwner<byte> owner = pool.Rent(length);
            BinaryPrimitives.WriteUInt16BigEndian(owner.Memory.Span, (ushort)task.Sense.Length);
            task.Sense.CopyTo(owner.Memory[SenseLengthField..]);
            bhs = task.Connection.Outgoing.Add(owner.Memory[..length], owner);
        }

        new ScsiResponse(0, task.Status, task.InitiatorTaskTag, task.In.SnackTag, ExpDataSNOf(task), flags, readResidual, residual).Emit(bhs);
        task.Connection.StampStatus(bhs);
    }

    // It counts Data-In PDUs, not R2Ts (RFC 7143 §11.4.8).
    private static Serial32 ExpDataSNOf(TargetTask task) => new(task.In.Layout.EndDataSN - task.In.FirstDataSN);

    // A PDU with a copy of some data, which is not ours to keep until it is sent.
    private static Span<byte> AddCopy(TargetConnection connection, ReadOnlySpan<byte> data, MemoryPool<byte> pool)
    {
        if (data.IsEmpty)
        {
            return connection.Outgoing.Add();
        }

        IMemoryOwner<byte> owner = pool.Rent(data.Length);
        data.CopyTo(owner.Memory.Span);
        return connection.Outgoing.Add(owner.Memory[..data.Length], owner);
    }

    // RFC 7143 §11.4.5: what the initiator expected against what the command moves.
    private static (ResidualFlags Flags, uint Residual, uint ReadResidual) Residuals(TargetTask task)
    {
        uint produced = task.Status == StatusGood ? (uint)task.DataIn.Length : 0;
        uint wanted = task.Plan.DataOutWanted;
        if (task.Read && task.Write)
        {
            (ResidualFlags readFlags, uint readResidual) = Compare(produced, task.ExpectedDataIn, ResidualFlags.BidirectionalReadOverflow, ResidualFlags.BidirectionalReadUnderflow);
            (ResidualFlags writeFlags, uint writeResidual) = Compare(wanted, task.ExpectedDataOut, ResidualFlags.Overflow, ResidualFlags.Underflow);
            return (readFlags | writeFlags, writeResidual, readResidual);
        }

        (ResidualFlags flags, uint residual) = task.Write
            ? Compare(wanted, task.ExpectedDataOut, ResidualFlags.Overflow, ResidualFlags.Underflow)
            : Compare(task.Read ? produced : produced + wanted, task.ExpectedDataIn, ResidualFlags.Overflow, ResidualFlags.Underflow);
        return (flags, residual, 0);
    }

    private static (ResidualFlags Flags, uint Residual) Compare(uint moved, uint expected, ResidualFlags over, ResidualFlags under) =>
        moved == expected ? (ResidualFlags.None, 0) : moved > expected ? (over, moved - expected) : (under, expected - moved);

    private static void SendReject(TargetConnection connection, ReadOnlySpan<byte> header, RejectReason reason, ITargetEffects effects, uint nextDataSN = 0)
    {
        if (!connection.IsUp)
        {
            return;
        }

        // RFC 7143 §11.17.4: the complete header of the PDU in error.
        Span<byte> bhs = AddCopy(connection, header, effects.Pool);
        new Reject(reason, new Serial32(nextDataSN)).Emit(bhs);
        connection.StampStatus(bhs);
    }
}
