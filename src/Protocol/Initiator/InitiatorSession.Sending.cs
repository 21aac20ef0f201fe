using System.Buffers;
using Blockwire.Wire;

namespace Blockwire.Protocol.Initiator;

/// <content>Commands and the data of writes, with and without being asked (RFC 7143 §4.2.5.2, §11.3, §11.7).</content>
public sealed partial class InitiatorSession
{
    /// <summary>Sends a command, for the first time or once more: the same PDU either way (RFC 7143 §7.2.1).</summary>
    private void SendCommand(InitiatorTask task, InitiatorConnection connection, TimeSpan now)
    {
        Attach(task, connection);
        task.Place = TaskPlace.Sent;
        task.WasSent = true;
        task.SentAt = now;
        task.Deadline = After(now, task.TimeLimit == TimeSpan.Zero ? Options.CommandTimeLimit : task.TimeLimit);
        WakeAt(task.Deadline);
        WakeForRetry(now);
        uint length = (uint)task.DataOut.Length;
        (uint immediate, uint unsolicited) = MeasureUnsolicited(task, connection);
        ReadOnlyMemory<byte> data = task.DataOut[..(int)immediate];
        IMemoryOwner<byte>? owner = immediate > 0 ? task.Hold() : null;
        ReadOnlyMemory<byte> ahs = AhsOf(task);
        Span<byte> bhs = ahs.IsEmpty ? connection.Outgoing.Add(data, owner) : connection.Outgoing.AddWithAhs(ahs, data, owner);
        new ScsiCommand(
            false, unsolicited == immediate, task.IsRead, task.IsWrite, task.Attribute, task.Lun, task.InitiatorTaskTag,
            task.IsWrite ? length : (uint)task.DataIn.Length, task.Cdb).Emit(bhs);
        connection.Stamp(bhs, task.CmdSN);
        if (unsolicited > immediate)
        {
            SendData(task, connection, Bhs.ReservedTag, immediate, unsolicited - immediate);
        }
    }

    /// <summary>Bytes that go without an R2T: in the PDU of the command, and with those behind it (RFC 7143 §13.10, §13.11, §13.14).</summary>
    private (uint Immediate, uint Unsolicited) MeasureUnsolicited(InitiatorTask task, InitiatorConnection connection)
    {
        uint firstBurst = Math.Min((uint)task.DataOut.Length, (uint)Parameters.FirstBurstLength);
        uint immediate = Parameters.ImmediateData ? Math.Min(firstBurst, (uint)connection.Parameters.PeerMaxRecvDataSegmentLength) : 0;
        return (immediate, Parameters.InitialR2T ? immediate : firstBurst);
    }

    private bool HasUnsolicitedDataOut(InitiatorTask task, InitiatorConnection connection) =>
        MeasureUnsolicited(task, connection) is var (immediate, unsolicited) && unsolicited > immediate;

    // A CDB longer than its field, and how much a bidirectional command may read (RFC 7143 §11.2.2.3, §11.2.2.4).
    private static ReadOnlyMemory<byte> AhsOf(InitiatorTask task)
    {
        if (task.LongCdb.Length <= Cdb16.Length && !(task.IsRead && task.IsWrite))
        {
            return default;
        }

        byte[] room = new byte[FrameLimits.AhsOfLongestCommand];
        AhsWriter writer = new(room);
        if (task.LongCdb.Length > Cdb16.Length)
        {
            writer.AppendExtendedCdb(task.LongCdb.Span);
        }

        if (task.IsRead && task.IsWrite)
        {
            writer.AppendBidirectionalReadLength((uint)task.DataIn.Length);
        }

        return room.AsMemory(0, writer.LengthBytes);
    }

    /// <summary>One sequence of Data-Out PDUs: what an R2T asked for, or unsolicited data.</summary>
    private static void SendData(InitiatorTask task, InitiatorConnection connection, uint targetTransferTag, uint offset, uint length)
    {
        uint most = (uint)connection.Parameters.PeerMaxRecvDataSegmentLength;
        uint end = offset + length;
        for (Serial32 dataSN = default; offset < end; dataSN++)
        {
            uint bytes = Math.Min(most, end - offset);
            Span<byte> bhs = connection.Outgoing.Add(task.DataOut.Slice((int)offset, (int)bytes), task.Hold());
            new DataOut(offset + bytes == end, task.Lun, task.InitiatorTaskTag, targetTransferTag, dataSN, offset).Emit(bhs);
            connection.StampData(bhs);
            offset += bytes;
        }
    }

    /// <summary>A request that takes no number: task management, logout, text, ping (RFC 7143 §4.2.2.1).</summary>
    private static Span<byte> AddImmediate(InitiatorRequest request, InitiatorConnection connection, TimeSpan now, ReadOnlyMemory<byte> data = default)
    {
        request.Connection = connection;
        request.SentAt = now;
        return connection.Outgoing.Add(data);
    }
}
