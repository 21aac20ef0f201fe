using Blockwire.Wire;

namespace Blockwire.Protocol.Session;

/// <content>
/// What is kept until the initiator has acknowledged it, above recovery level 0 (RFC 7143 §7.1.3): responses in each connection's <see cref="StatusLog"/>, answered tasks, and as
/// much of their data as <see cref="TargetSessionOptions.RetransmissionBytes"/> lets. Data beyond that is read again from the disk when it is asked for.
/// </content>
public sealed partial class TargetSession
{
    private readonly Dictionary<uint, TargetTask> _answered = [];
    private readonly Dictionary<uint, TargetTask> _acknowledgeTags = [];
    private readonly List<TargetTask> _kept = [];
    private readonly Queue<TargetTask> _rereads = new();
    private long _keptBytes;
    private TargetTask? _rereading;

    /// <summary>Tasks whose status was sent and is not acknowledged.</summary>
    public int AnsweredCount => _answered.Count;

    /// <summary>Bytes of data kept for retransmission.</summary>
    public long KeptBytes => _keptBytes;

    private void KeepAnswer(TargetTask task, ITargetEffects effects)
    {
        AttachStatus(task);
        _answered[task.InitiatorTaskTag] = task;
        Leave(task, TaskState.Answered, effects);
        KeepData(task);
    }

    // The oldest data goes first, and what can be read again before what cannot.
    private void KeepData(TargetTask task)
    {
        DropKept(task);
        if (task.DataInOwner is null)
        {
            return; // there is none, or the disk lends it
        }

        if (task.DataIn.IsEmpty)
        {
            task.ReleaseDataIn(); // cut to nothing: an entry without bytes would never be the one that makes room
            return;
        }

        task.In.KeptBytes = task.DataIn.Length;
        _keptBytes += task.In.KeptBytes;
        _kept.Add(task);
        while (_keptBytes > _options.RetransmissionBytes)
        {
            TargetTask oldest = _kept.Find(static kept => kept.Plan.CanReread) ?? _kept[0];
            DropKept(oldest);
            oldest.ReleaseDataIn();
            oldest.In.Dropped = true;
        }
    }

    private void DropKept(TargetTask task)
    {
        if (task.In.KeptBytes > 0)
        {
            _keptBytes -= task.In.KeptBytes;
            task.In.KeptBytes = 0;
            _kept.Remove(task);
        }
    }

    // The initiator has every response before this number: what was kept for it goes.
    private void Acknowledge(TargetConnection connection, Serial32 expStatSN, ITargetEffects effects)
    {
        connection.Acknowledge(expStatSN);
        TrimStatuses(connection, effects);
    }

    // Also for PDUs that acknowledge nothing, because they are refused before their numbers are looked at: each refusal is a response that is kept.
    private void TrimStatuses(TargetConnection connection, ITargetEffects effects)
    {
        if (connection.Statuses is not { } log)
        {
            return;
        }

        while (log.Count > 0 && (log.First < connection.AcknowledgedStatSN || log.IsOverfull))
        {
            if (log.RemoveFirst() is { } task)
            {
                Forget(task, effects);
            }
        }
    }

    // An initiator that uses a tag again has ended the task that had it, whatever it has acknowledged.
    private void ForgetAnswered(uint initiatorTaskTag, ITargetEffects effects)
    {
        if (_answered.TryGetValue(initiatorTaskTag, out TargetTask? task))
        {
            task.Connection.Statuses!.Detach(task);
            Forget(task, effects);
        }
    }

    private void ForgetAnsweredOf(TargetConnection connection, ITargetEffects effects)
    {
        if (connection.Statuses is null)
        {
            return;
        }

        while (connection.Statuses.Count > 0)
        {
            connection.Statuses.RemoveFirst();
        }

        foreach (TargetTask task in _answered.Values.Where(task => task.Connection == connection).ToArray())
        {
            Forget(task, effects);
        }
    }

    private void Forget(TargetTask task, ITargetEffects effects)
    {
        _answered.Remove(task.InitiatorTaskTag);
        if (task.In.AcknowledgeTag != 0)
        {
            _acknowledgeTags.Remove(task.In.AcknowledgeTag);
        }

        DropKept(task);
        task.State = TaskState.Ended;
        if (task.WithDevice)
        {
            task.Aborted = true; // it is being read again: OnReread lets go of it
            effects.Cancel(task);
            return;
        }

        ReleaseWaiters(task, effects);
        task.Release();
        effects.Recycle(task);
    }

    private uint AcknowledgeTagOf(TargetTask task)
    {
        if (task.In.AcknowledgeTag == 0)
        {
            task.In.AcknowledgeTag = NewTag();
            _acknowledgeTags[task.In.AcknowledgeTag] = task;
        }

        return task.In.AcknowledgeTag;
    }

    // Sends again now, or when the data has been read again.
    private void Replay(TargetTask task, in Replay replay, ITargetEffects effects)
    {
        if (!task.In.Dropped && !task.In.Rereading)
        {
            Carry(task, replay, effects);
            return;
        }

        Replay same = replay;
        if (task.In.Replays.Exists(waiting => waiting.Kind == same.Kind && waiting.FirstDataSN == same.FirstDataSN && waiting.EndDataSN == same.EndDataSN))
        {
            return; // one answer is for both
        }

        if ((!task.Plan.CanReread && !task.In.Rereading) || task.In.Replays.Count >= MostReplays)
        {
            Fail(task, replay, effects);
            return;
        }

        task.In.Replays.Add(replay);
        Reread(task, effects);
    }

    private void Reread(TargetTask task, ITargetEffects effects)
    {
        if (!task.In.Rereading)
        {
            task.In.Rereading = true;
            _rereads.Enqueue(task);
            RereadNext(effects);
        }
    }

    // One at a time, and charged to the session's data budget until it is sent: a bound on memory, whatever an initiator asks for.
    private void RereadNext(ITargetEffects effects)
    {
        while (_rereading is null && _rereads.TryPeek(out TargetTask? task))
        {
            bool wanted = task.State is TaskState.Answered or TaskState.Finished && task.In.Rereading;
            if (wanted && !_budget.TryCharge(task.Plan.DataInPlanned, effects.MemoryIsTight))
            {
                return; // Credit calls again
            }

            _rereads.Dequeue();
            if (wanted)
            {
                task.Charged += task.Plan.DataInPlanned;
                _rereading = task;
                task.WithDevice = true;
                effects.Reread(task);
            }
        }
    }

    private void OnReread(TargetTask task, ITargetEffects effects)
    {
        _rereading = null;
        task.In.Rereading = false;
        if (task.State == TaskState.Finished)
        {
            task.In.Dropped = false;
            if (task.Aborted)
            {
                Conclude(task, effects);
            }
            else
            {
                EndWithStatus(task, effects); // it has had no status yet, so whatever came of the reading is its end
            }
        }
        else if (task.Aborted)
        {
            long charged = task.Charged;
            ReleaseWaiters(task, effects);
            task.Release();
            effects.Recycle(task);
            Credit(charged, effects);
        }
        else
        {
            CarryAll(task, effects);
        }

        RereadNext(effects);
    }

    private void CarryAll(TargetTask task, ITargetEffects effects)
    {
        Replay[] replays = [.. task.In.Replays];
        task.In.Replays.Clear();
        bool good = task.Status == StatusGood && task.DataIn.Length >= task.In.Layout.EndOffset;
        task.In.Dropped = !good;
        if (good && task.DataInOwner is { } owner)
        {
            task.DataInOwner = new SharedMemory(owner);
        }

        foreach (Replay replay in replays)
        {
            if (good)
            {
                Carry(task, replay, effects);
            }
            else
            {
                Fail(task, replay, effects);
            }
        }

        if (good)
        {
            KeepData(task);
        }

        long unsent = task.Charged;
        task.Charged = 0;
        Credit(unsent, effects);
    }

    private void Carry(TargetTask task, in Replay replay, ITargetEffects effects)
    {
        if (!task.Connection.Carries)
        {
            ReleaseWaiters(task, effects);
            return; // lost again meanwhile; the next reassignment asks anew
        }

        switch (replay.Kind)
        {
            case ReplayKind.Pieces:
                // While the data was read again some of it may have been acknowledged, or all of it cut anew into fewer PDUs.
                uint first = Math.Max(replay.FirstDataSN, task.In.AcknowledgedDataSN);
                SendPieces(task, first, Math.Max(first, Math.Min(replay.EndDataSN, task.In.Layout.EndDataSN)));
                break;
            case ReplayKind.Resegmented:
                LayOutUnacknowledged(task);
                SendPieces(task, task.In.Layout.FirstDataSN, task.In.Layout.EndDataSN);
                SendStatusAgain(task, effects);
                break;
            default:
                LayOutUnacknowledged(task);
                SendPieces(task, task.In.Layout.FirstDataSN, task.In.Layout.EndDataSN);
                SendKeptStatus(task, effects);
                ReleaseWaiters(task, effects);
                break;
        }
    }

    // RFC 7143 §7.8 a: a SNACK that cannot be served is rejected; the status of the task has been sent already. After a reassignment the command ends with what went wrong.
    private void Fail(TargetTask task, in Replay replay, ITargetEffects effects)
    {
        if (replay.Snack is { } header)
        {
            Deviate(task.Connection, header, Deviation.Rejected(RejectReason.SnackReject, "7143/11.16 the data is not available any more"), effects);
            return;
        }

        if (task.Status == StatusGood)
        {
            effects.Fail(task, IscsiCondition.SnackRejected);
        }

        task.In.FormerStatus = null;
        if (task.Connection.Carries)
        {
            task.In.Layout = task.In.Layout with { EndOffset = task.In.Layout.FirstOffset };
            Respond(task, effects);
            AttachStatus(task);
        }

        ReleaseWaiters(task, effects);
    }

    private void LayOutUnacknowledged(TargetTask task)
    {
        DataInLayout old = task.In.Layout;
        task.In.Layout = LayOut(task, task.In.AcknowledgedDataSN, old.OffsetOf(task.In.AcknowledgedDataSN), old.EndOffset);
    }

    private void SendPieces(TargetTask task, uint firstDataSN, uint endDataSN)
    {
        for (uint dataSN = firstDataSN; dataSN != endDataSN; dataSN++)
        {
            DataInPiece piece = task.In.Layout.Piece(dataSN);
            bool last = dataSN + 1 == endDataSN;
            long charge = last ? task.Charged : 0; // of data that was read again
            task.Charged -= charge;
            Span<byte> bhs = AddPiece(task, piece, last ? HandOver(task) : null, charge, ResidualFlags.None, 0, status: false);
            task.Connection.StampData(bhs);
        }
    }

    private static void AttachStatus(TargetTask task)
    {
        task.Connection.Statuses!.Attach(task);
        task.In.StatusSN = task.Connection.NextStatSN - 1;
    }
}
