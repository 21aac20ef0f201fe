using System.Buffers;
using System.Buffers.Binary;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>What goes to the initiator for a task: data, status, residuals; and Rejects (RFC 7143 §11.4, §11.7, §11.17).</content>
public sealed partial class TargetSession
{
    private const byte StatusGood = 0;
    private const int SenseLengthField = 2;

    private void Respond(TargetTask task, ITargetEffects effects)
    {
        if (task.Connection.State is ConnectionState.Free or ConnectionState.InLogout)
        {
            return; // nothing follows a Logout Response (RFC 7143 §11.14)
        }

        (ResidualFlags flags, uint residual, uint readResidual) = Residuals(task);
        uint dataInLength = task.Status == StatusGood ? Math.Min((uint)task.DataIn.Length, task.ExpectedDataIn) : 0;
        bool collapse = dataInLength > 0 && !(task.Read && task.Write);
        uint dataInPdus = SendData(task, dataInLength, collapse, flags, residual);
        if (!collapse)
        {
            SendStatus(task, flags, residual, readResidual, dataInPdus, effects.Pool);
        }
    }

    // Data-In PDUs: cut at the initiator's MaxRecvDataSegmentLength; F ends each sequence of MaxBurstLength (RFC 7143 §11.7.1). With good status
    // the last one carries the status (phase collapse). Returns how many there were: ExpDataSN counts Data-In PDUs, not R2Ts (RFC 7143 §11.4.8).
    private uint SendData(TargetTask task, uint lengthBytes, bool collapse, ResidualFlags flags, uint residual)
    {
        TargetConnection connection = task.Connection;
        uint segment = (uint)connection.Parameters.PeerMaxRecvDataSegmentLength;
        uint burst = (uint)Parameters.MaxBurstLength;
        uint pdus = 0;
        uint leftInBurst = burst;
        for (uint offset = 0; offset < lengthBytes; pdus++)
        {
            uint length = Math.Min(Math.Min(segment, leftInBurst), lengthBytes - offset);
            leftInBurst -= length;
            bool last = offset + length == lengthBytes;
            bool endsSequence = last || leftInBurst == 0;
            bool status = last && collapse;
            IMemoryOwner<byte>? owner = null;
            long charge = 0;
            if (last)
            {
                // The buffer goes with the PDU that uses it last, and its share of the budget with it: lent pages cost none, but their PDUs do.
                owner = task.DataInOwner;
                task.DataInOwner = null;
                charge = Math.Max(0, task.Charged - task.Out.Accepted);
                task.Charged -= charge;
            }

            Span<byte> bhs = connection.Outgoing.Add(task.DataIn.Slice((int)offset, (int)length), owner, charge);
            new DataIn(
                endsSequence,
                Acknowledge: false,
                status,
                status ? flags : ResidualFlags.None,
                status ? task.Status : (byte)0,
                Lun: 0,
                task.InitiatorTaskTag,
                Bhs.ReservedTag,
                new Serial32(task.Out.NextR2TSN + pdus), // a bidirectional command numbers both in one sequence (RFC 7143 §4.2.2.4)
                offset,
                status ? residual : 0).Emit(bhs);
            if (status)
            {
                connection.StampStatus(bhs);
            }
            else
            {
                connection.StampData(bhs);
            }

            offset += length;
            if (leftInBurst == 0)
            {
                leftInBurst = burst;
            }
        }

        return pdus;
    }

    private static void SendStatus(TargetTask task, ResidualFlags flags, uint residual, uint readResidual, uint expDataSN, MemoryPool<byte> pool)
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

        new ScsiResponse(0, task.Status, task.InitiatorTaskTag, 0, new Serial32(expDataSN), flags, readResidual, residual).Emit(bhs);
        task.Connection.StampStatus(bhs);
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

    private static void SendReject(TargetConnection connection, ReadOnlySpan<byte> header, RejectReason reason, ITargetEffects effects)
    {
        if (connection.State == ConnectionState.Free)
        {
            return;
        }

        // RFC 7143 §11.17.4: the complete header of the PDU in error.
        IMemoryOwner<byte> owner = effects.Pool.Rent(header.Length);
        header.CopyTo(owner.Memory.Span);
        Span<byte> bhs = connection.Outgoing.Add(owner.Memory[..header.Length], owner);
        new Reject(reason, new Serial32(0)).Emit(bhs);
        connection.StampStatus(bhs);
    }
}
