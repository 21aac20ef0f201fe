using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <content>Commands and the data of writes, with and without being asked (RFC 7143 §4.2.5.2, §11.3, §11.7).</content>
internal sealed partial class ScriptedInitiator
{
    private bool WindowIsOpen => _cmdSN <= _maxCmdSN;

    // While a reset is under way nothing new is sent: what it takes along would be anybody's guess.
    private bool HoldsBack => _tsih == 0 || _functions.Exists(static function => function.EndsAll) || _logouts.Exists(static logout => logout.Reason == LogoutReason.CloseSession);

    private void Issue()
    {
        while (_queue.First is { } next && _tasks.Count < Terms.Depth && !HoldsBack && PickUp() is { } connection)
        {
            bool immediate = _random.Chance(Terms.ImmediateCommandPercent);
            if (!immediate && !WindowIsOpen)
            {
                return;
            }

            DiskOperation operation = next.Value;
            _queue.RemoveFirst();
            Attempt attempt = _world.Target.Disk.NewAttempt(operation);
            bool lent = !operation.IsWrite && !connection.DataDigest && Level < 2 && _random.Chance(30);
            Cdb cdb = new(operation.IsWrite, _random.Chance(Terms.InlinePercent), lent, !operation.IsWrite && _random.Chance(Terms.RereadPercent), operation.FirstBlock, operation.Blocks, attempt.Id);
            ScriptedTask task = new(NewItt(), attempt, immediate, cdb) { CmdSN = immediate ? _cmdSN : TakeCmdSN() };
            _tasks.Add(task.Itt, task);
            if (!immediate)
            {
                _unacknowledged.Add(new Request(task.CmdSN, Opcode.ScsiCommand, task.Itt) { Carrier = connection, RetryAt = Now + RetryPatience() });
            }

            SendCommand(task, connection);
        }
    }

    private ScriptedConnection? PickUp()
    {
        ScriptedConnection[] up = [.. Up];
        return up.Length == 0 ? null : up[_random.Next(up.Length)];
    }

    // The original or a retry: the same PDU either way (RFC 7143 §7.2.1).
    private void SendCommand(ScriptedTask task, ScriptedConnection connection)
    {
        task.Connection = connection;
        task.ProgressAt = Now;
        task.Epoch++;
        task.Sequences.Clear();
        task.Sending = false;
        DiskOperation operation = task.Operation;
        int immediateData = operation.IsWrite && Terms.ImmediateData
            ? Math.Min(Math.Min(operation.Bytes, Terms.FirstBurstLength), connection.TargetMaxRecvDataSegmentLength)
            : 0;
        uint unsolicited = operation.IsWrite && !Terms.InitialR2T ? (uint)Math.Min(operation.Bytes, Terms.FirstBurstLength) : (uint)immediateData;
        bool final = unsolicited <= (uint)immediateData;
        ScsiCommand command = new(
            task.Immediate, final, !operation.IsWrite, operation.IsWrite, 1, 0, task.Itt, (uint)operation.Bytes, task.Cdb.ToCdb16());
        connection.Send(command.Emit, task.CmdSN, WriteData(operation, 0, immediateData));
        if (!final)
        {
            task.Sequences.Enqueue(new ScriptedTask.Sequence(Bhs.ReservedTag, (uint)immediateData, unsolicited - (uint)immediateData));
            SendSequences(task);
        }
    }

    private static byte[] WriteData(DiskOperation operation, int offset, int length)
    {
        byte[] all = new byte[operation.IsWrite ? operation.Bytes : 0];
        for (int i = 0; i * SimDisk.BlockBytes < all.Length; i++)
        {
            BlockContent.Fill(all.AsSpan(i * SimDisk.BlockBytes), operation.Version, operation.FirstBlock + i);
        }

        return all.AsSpan(offset, length).ToArray();
    }

    private void SendSequences(ScriptedTask task)
    {
        if (task.Sending || task.Sequences.Count == 0)
        {
            return;
        }

        task.Sending = true;
        ScriptedTask.Sequence sequence = task.Sequences.Dequeue();
        List<(uint DataSN, uint Offset, int Length, bool Final)> pdus = [];
        int most = task.Connection!.TargetMaxRecvDataSegmentLength;
        for (uint at = 0; at < sequence.Length;)
        {
            int length = (int)Math.Min((uint)(_random.Chance(20) ? _random.Between(1, most / 4) * 4 : most), sequence.Length - at);
            pdus.Add(((uint)pdus.Count, sequence.Offset + at, length, at + (uint)length == sequence.Length));
            at += (uint)length;
        }

        SendDataOut(task, task.Epoch, sequence.TargetTransferTag, Ordered(pdus), 0);
    }

    // RFC 7143 §13.18: with DataPDUInOrder=No the offsets within a sequence come in any order; DataSN and the F bit still count the PDUs as they are sent.
    private List<(uint DataSN, uint Offset, int Length, bool Final)> Ordered(List<(uint DataSN, uint Offset, int Length, bool Final)> pdus)
    {
        if (DataPduInOrder || !_random.Chance(50))
        {
            return pdus;
        }

        for (int i = pdus.Count - 1; i > 0; i--)
        {
            int j = _random.Next(i + 1);
            (pdus[i], pdus[j]) = (pdus[j], pdus[i]);
        }

        return [.. pdus.Select((pdu, at) => ((uint)at, pdu.Offset, pdu.Length, at == pdus.Count - 1))];
    }

    private void SendDataOut(ScriptedTask task, int epoch, uint tag, List<(uint DataSN, uint Offset, int Length, bool Final)> pdus, int next)
    {
        // Time may have passed: the task may be over, or its connection may be another one.
        if (task.Epoch != epoch || task.Connection is not { } connection || !connection.IsUp)
        {
            return;
        }

        (uint dataSN, uint offset, int length, bool final) = pdus[next];
        DataOut pdu = new(final, 0, task.Itt, tag, new Serial32(dataSN), offset);
        connection.Send(pdu.Emit, _cmdSN, WriteData(task.Operation, (int)offset, length));
        task.ProgressAt = Now;
        if (next + 1 < pdus.Count)
        {
            if (_random.Chance(25))
            {
                _world.Timeline.After(_random.Milliseconds(0, 30), () => SendDataOut(task, epoch, tag, pdus, next + 1));
            }
            else
            {
                SendDataOut(task, epoch, tag, pdus, next + 1);
            }

            return;
        }

        task.Sending = false;
        SendSequences(task);
    }

    private void OnR2T(ScriptedConnection connection, ReadOnlySpan<byte> bhs)
    {
        Check(ReadyToTransfer.Parse(new ReadyToTransferView(bhs), out ReadyToTransfer r2t));
        connection.TakeStatSN(TargetNumbers.Read(bhs).StatSN, counts: false);
        if (FindTask(connection, r2t.InitiatorTaskTag, "an R2T") is not { } task)
        {
            return;
        }

        BrokenRuleException.Unless(task.Operation.IsWrite && r2t.BufferOffset + r2t.DesiredDataTransferLength <= (uint)task.Operation.Bytes, $"an R2T asks for what there is: {task}");
        BrokenRuleException.Unless(r2t.DesiredDataTransferLength <= (uint)Terms.MaxBurstLength, "an R2T keeps to MaxBurstLength (RFC 7143 §13.13)");
        if (task.MayRestart && r2t.R2TSN <= task.NextR2TSN)
        {
            task.MayRestart = false;
            task.NextR2TSN = r2t.R2TSN;
        }

        BrokenRuleException.Unless(r2t.R2TSN == task.NextR2TSN, $"R2TSN counts by one (RFC 7143 §11.8.2): {r2t.R2TSN} after {task.NextR2TSN} for {task}");
        task.NextR2TSN++;
        task.ProgressAt = Now;
        int epoch = task.Epoch;
        task.Sequences.Enqueue(new ScriptedTask.Sequence(r2t.TargetTransferTag, r2t.BufferOffset, r2t.DesiredDataTransferLength));
        int outstanding = task.Sequences.Count + (task.Sending ? 1 : 0);
        BrokenRuleException.Unless(outstanding <= Terms.MaxOutstandingR2T + 1, $"MaxOutstandingR2T is kept (RFC 7143 §13.17): {task}");
        _world.Timeline.After(_random.Chance(20) ? _random.Milliseconds(0, 200) : TimeSpan.Zero, () =>
        {
            if (task.Epoch == epoch)
            {
                SendSequences(task);
            }
        });
    }
}
