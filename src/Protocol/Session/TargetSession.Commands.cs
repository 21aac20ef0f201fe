using System.Buffers;
using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>SCSI commands: checked, numbered, delivered in order, executed when their data is complete (RFC 7143 §11.3, §4.2.2.1, §4.2.5).</content>
public sealed partial class TargetSession
{
    private const byte LastTaskAttribute = 4;
    private const byte StatusTaskSetFull = 0x28;
    private int _immediateRunning;

    private void OnScsiCommand(TargetConnection connection, ReadOnlySpan<byte> header, ref DataSegment data, ITargetEffects effects)
    {
        PduCheck check = ScsiCommand.Parse(new ScsiCommandView(header), out ScsiCommand command);
        InitiatorNumbers numbers = InitiatorNumbers.Read(header);
        if (!check.IsOk)
        {
            DeviateNumbered(connection, header, command.Immediate, numbers.CmdSN, Deviation.From(check), effects);
            return;
        }

        Acknowledge(connection, numbers.ExpStatSN, effects);
        Span<byte> cdb = stackalloc byte[TargetTask.MaxCdbLength];
        check = AhsReader.ReadCommand(header[Bhs.Length..], command.Cdb, cdb, out int cdbLength, out uint? readLength);
        if (!check.IsOk)
        {
            DeviateNumbered(connection, header, command.Immediate, numbers.CmdSN, Deviation.From(check), effects);
            return;
        }

        if (connection.State == ConnectionState.LogoutRequested)
        {
            // RFC 7143 §11.9.1 event 1: the initiator was asked to log out.
            DeviateNumbered(connection, header, command.Immediate, numbers.CmdSN, Deviation.Rejected(RejectReason.WaitingForLogout, "7143/11.9.1 waiting for logout"), effects);
            return;
        }

        if (command.Attribute > LastTaskAttribute)
        {
            DeviateNumbered(connection, header, command.Immediate, numbers.CmdSN, Deviation.Rejected(RejectReason.InvalidPduField, "7143/11.3.1 task attribute"), effects);
            return;
        }

        // RFC 7143 §4.2.2.1: testing for execution state precedes any other action.
        if (_tasks.TryGetValue(command.InitiatorTaskTag, out TargetTask? existing))
        {
            bool retry = !command.Immediate && !existing.Immediate && existing.CmdSN == numbers.CmdSN && existing.Connection == connection;
            DeviateNumbered(
                connection,
                header,
                command.Immediate,
                numbers.CmdSN,
                retry ? Deviation.Ignored("7143/4.2.2.1 duplicate of a command") : Deviation.Rejected(RejectReason.TaskInProgress, "7143/11.2.1.8 initiator task tag in use"),
                effects);
            return;
        }

        AdmitCommand(connection, header, command, numbers.CmdSN, cdb[..cdbLength], readLength ?? 0, ref data, effects);
    }

    private void AdmitCommand(
        TargetConnection connection,
        ReadOnlySpan<byte> header,
        in ScsiCommand command,
        Serial32 cmdSN,
        ReadOnlySpan<byte> cdb,
        uint bidirectionalReadLength,
        ref DataSegment data,
        ITargetEffects effects)
    {
        Admission admission = Admission.Deliver;
        if (!command.Immediate)
        {
            admission = _window.Admit(cmdSN);
        }
        else if (_immediateRunning >= _options.MaxImmediateCommands && HasImmediate(connection))
        {
            Deviate(connection, header, Deviation.Rejected(RejectReason.ImmediateCommandReject, "7143/4.2.2.1 too many immediate commands"), effects);
            return;
        }

        if (admission == Admission.Ignore)
        {
            effects.Note(connection, Deviation.Ignored("7143/4.2.2.1 command number outside the window"));
            return;
        }

        ForgetAnswered(command.InitiatorTaskTag, effects);
        TargetTask task = effects.NewTask();
        task.Begin(command, cmdSN, cdb, bidirectionalReadLength, connection);
        _tasks.Add(command.InitiatorTaskTag, task);
        if (command.Immediate)
        {
            _immediateRunning++;
        }

        JudgeUnsolicited(task, command.Final, data.Length);
        if (admission == Admission.Hold)
        {
            KeepImmediateData(task, ref data, effects);
            _window.Hold(cmdSN, task);
            return;
        }

        Deliver(task, ref data, effects);
        DeliverHeld(effects);
    }

    // RFC 7143 §4.2.2.1: there is always room for one on each connection.
    private bool HasImmediate(TargetConnection connection)
    {
        foreach (TargetTask task in _tasks.Values)
        {
            if (task.Immediate && task.Connection == connection)
            {
                return true;
            }
        }

        return false;
    }

    // RFC 7143 §11.3.1, §13.10, §13.11, §13.14: what may come with and behind a command without being asked for.
    private void JudgeUnsolicited(TargetTask task, bool final, int immediateBytes)
    {
        uint limit = Math.Min(task.ExpectedDataOut, (uint)Parameters.FirstBurstLength);
        bool open = !final;
        if ((immediateBytes > 0 && (!task.Write || !Parameters.ImmediateData)) || (open && Parameters.InitialR2T))
        {
            task.Failure = IscsiCondition.UnexpectedUnsolicitedData;
        }
        else if ((uint)immediateBytes > limit)
        {
            task.Failure = IscsiCondition.IncorrectAmountOfData;
        }

        task.Out.BeginUnsolicited((uint)immediateBytes, Math.Max(limit, (uint)immediateBytes), open, _now);
    }

    private static void KeepImmediateData(TargetTask task, ref DataSegment data, ITargetEffects effects)
    {
        task.TurnedAway = data.Length > 0 && effects.MemoryIsTight;
        if (data.Length > 0 && task.Failure is null && !task.TurnedAway)
        {
            Fetch(task, ref data);
            task.Out.EnsureBuffer((uint)data.Length, effects.Pool);
            task.Out.TakeImmediate(data.Memory.Span);
        }
    }

    // What did not come as it was sent is never written.
    private static void Fetch(TargetTask task, ref DataSegment data)
    {
        if (!data.Fetch())
        {
            task.Failure ??= IscsiCondition.ProtocolServiceCrcError;
        }
    }

    // In command order: the device server says what it wants.
    private void Deliver(TargetTask task, ref DataSegment data, ITargetEffects effects)
    {
        task.Order = ++_delivered;
        _ordered += task.IsOrdered ? 1 : 0;
        task.Plan = effects.Prepare(task);
        if (task.Plan.GoOn && task.Plan.DataOutWanted > 0 && task.Read && !task.Write)
        {
            task.Failure ??= IscsiCondition.IncorrectAmountOfData; // the command writes, the initiator waits for data
        }

        task.Out.Accepted = task.Plan.GoOn && task.Failure is null ? Math.Min(task.Plan.DataOutWanted, task.ExpectedDataOut) : 0;
        task.State = TaskState.Receiving;
        if (!task.Plan.GoOn || task.Failure is not null)
        {
            Advance(task, effects);
            return;
        }

        uint accepted = task.Out.Accepted;
        uint immediate = Math.Min((uint)data.Length, accepted);
        bool admitted = !task.TurnedAway && _waiting.Count == 0 && TryCharge(task, effects);
        if (task.TurnedAway || (!admitted && accepted > 0 && effects.MemoryIsTight))
        {
            TurnAway(task);
            Advance(task, effects);
            return;
        }

        if (immediate == accepted && task.Out.Quiet && admitted && accepted > 0 && task.Out.Buffer.IsEmpty)
        {
            UseWhereItLies(task, (int)accepted, ref data, effects);
        }
        else if (accepted > 0)
        {
            task.Out.EnsureBuffer(admitted ? accepted : Math.Min(accepted, (uint)Parameters.FirstBurstLength), effects.Pool);
            if (immediate > 0)
            {
                Fetch(task, ref data);
                task.Out.TakeImmediate(data.Memory.Span[..(int)immediate]);
            }
        }

        if (!admitted)
        {
            task.State = TaskState.Waiting;
            _waiting.Enqueue(task);
            return;
        }

        Advance(task, effects);
    }

    // The server as a whole is short of memory: the command's data is not kept, and the initiator tries again later (SAM-5 §5.3.1, TASK SET FULL).
    private static void TurnAway(TargetTask task)
    {
        task.Plan = task.Plan with { GoOn = false };
        task.Out.Accepted = 0;
        task.Status = StatusTaskSetFull;
        task.Sense = default;
    }

    // All the data came with the command. It stays where it is when the disk is done with it before the receive buffer is reused.
    private void UseWhereItLies(TargetTask task, int lengthBytes, ref DataSegment data, ITargetEffects effects)
    {
        if (task.Plan.CompletesInline && !MustWaitForOthers(task, effects) && !effects.IsBlocked(task))
        {
            task.DataOut = data.Memory[..lengthBytes];
            return;
        }

        Fetch(task, ref data);
        if (data.TakeOwner() is { } owner)
        {
            task.Out.Adopt(owner, lengthBytes);
        }
        else
        {
            task.Out.EnsureBuffer((uint)lengthBytes, effects.Pool);
            task.Out.TakeImmediate(data.Memory.Span[..lengthBytes]);
        }
    }

    private bool TryCharge(TargetTask task, ITargetEffects effects)
    {
        long bytes = (long)task.Out.Accepted + task.Plan.DataInPlanned;
        if (!_budget.TryCharge(bytes, effects.MemoryIsTight))
        {
            return false;
        }

        task.Charged = bytes;
        return true;
    }

    private void AdmitWaiting(ITargetEffects effects)
    {
        while (_waiting.TryPeek(out TargetTask? task))
        {
            // A task that was ended while it waited is no longer in the table; it must not hold up the others.
            if (task.State != TaskState.Waiting)
            {
                _waiting.Dequeue();
                continue;
            }

            if (!TryCharge(task, effects))
            {
                return;
            }

            _waiting.Dequeue();
            task.State = TaskState.Receiving;
            if (task.Out.Accepted > 0)
            {
                task.Out.EnsureBuffer(task.Out.Accepted, effects.Pool);
            }

            Advance(task, effects);
        }
    }

    // Moves a delivered task as far as it can go: more R2Ts, execution, or its failure.
    private void Advance(TargetTask task, ITargetEffects effects)
    {
        if (task.State != TaskState.Receiving || task.Out.UnsolicitedOpen)
        {
            return;
        }

        if (task.Aborted)
        {
            if (task.Out.Quiet)
            {
                Conclude(task, effects);
            }

            return;
        }

        if (!task.Plan.GoOn || task.Failure is not null)
        {
            if (task.Out.Quiet)
            {
                Refuse(task, effects);
            }

            return;
        }

        if (task.Connection.Carries)
        {
            SendR2Ts(task);
        }

        if (task.Out.Complete && !WaitForOthers(task, effects))
        {
            task.State = TaskState.Executing;
            task.WithDevice = true;
            if (task.DataOut.IsEmpty && task.Out.Accepted > 0)
            {
                task.DataOut = task.Out.Buffer[..(int)task.Out.Accepted];
            }

            effects.Execute(task);
        }
    }

    private void Refuse(TargetTask task, ITargetEffects effects)
    {
        if (task.Failure is { } condition)
        {
            effects.Fail(task, condition);
        }

        EndWithStatus(task, effects);
    }

    private void EndWithStatus(TargetTask task, ITargetEffects effects)
    {
        if (task.State is not (TaskState.Finished or TaskState.Fenced))
        {
            task.In.FirstDataSN = task.Out.NextR2TSN;
        }

        if (task.Status != StatusGood || task.IsForAllegiance)
        {
            TellHowItEnds(task, effects);
        }

        if (WaitsForFence(task, effects))
        {
            return;
        }

        if (!task.Connection.Carries)
        {
            Suspend(task, effects);
            return;
        }

        ReleaseNumber(task);
        Respond(task, effects);
        if (Recovers)
        {
            KeepAnswer(task, effects);
        }
        else
        {
            Conclude(task, effects);
        }
    }

    // Before the status is stamped, so that the status itself opens the window.
    private void ReleaseNumber(TargetTask task)
    {
        if (!task.Immediate && !task.NumberReleased)
        {
            task.NumberReleased = true;
            _window.Complete();
        }
    }

    /// <summary>The device server is done with a task; status, sense and data are set on it.</summary>
    public void Complete(TargetTask task, ITargetEffects effects)
    {
        task.WithDevice = false;
        if (task.In.Rereading)
        {
            OnReread(task, effects);
            return;
        }

        if (!task.Aborted)
        {
            if (task.AnswersAborted)
            {
                EndAnsweringAborted(task, effects);
            }
            else if (!WaitDone(task, effects))
            {
                EndWithStatus(task, effects);
            }

            return;
        }

        Conclude(task, effects);
        if (_running.Count == 0 && _logouts.Count == 0)
        {
            TellWindow(); // it was ended for another session: nothing else goes out here
        }
    }

    private void DeliverHeld(ITargetEffects effects)
    {
        // A postponed function comes before the command that has its number.
        RunPostponed(effects);
        while (_window.HeldCount > 0 && _window.TryTakeNext(out object request))
        {
            if (request is TargetTask task)
            {
                DataSegment none = default;
                Deliver(task, ref none, effects);
            }
            else if (request is HeldRequest held)
            {
                DeliverHeldRequest(held, effects);
            }

            RunPostponed(effects);
        }
    }
}
