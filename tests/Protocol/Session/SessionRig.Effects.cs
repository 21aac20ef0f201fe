using System.Buffers;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.Session;

/// <content>What the core asks of its shell.</content>
internal sealed partial class SessionRig
{
    TargetTask ITargetEffects.NewTask() => _recycled.TryPop(out FakeTask? task) ? task : new FakeTask();

    void ITargetEffects.Recycle(TargetTask task)
    {
        ((FakeTask)task).Cancelled = false;
        _recycled.Push((FakeTask)task);
    }

    TaskPlan ITargetEffects.Prepare(TargetTask task)
    {
        Delivered.Add(task.InitiatorTaskTag);
        Tasks[task.InitiatorTaskTag] = task;
        FakeCdb cdb = FakeCdb.Read(task.Cdb);
        if (Attentions.Remove(Spelt(task.Lun)))
        {
            SetCheck(task, 6, 0x29, 3);
            task.ReportsAttention = true;
            return new TaskPlan(false, 0, 0, false);
        }

        if (Refusing is not null)
        {
            Refusing(task);
            return new TaskPlan(false, 0, 0, false);
        }

        if (cdb.Refused)
        {
            SetCheck(task, 5, 0x20, 0);
        }

        return cdb.Plan;
    }

    void ITargetEffects.Execute(TargetTask task)
    {
        FakeTask fake = (FakeTask)task;
        Executing.Add(fake);
        if (AutoComplete || FakeCdb.Read(task.Cdb).Inline)
        {
            _later.Enqueue(() =>
            {
                Assert.True(Executing.Remove(fake));
                FillResult(fake);
                Session.Complete(fake, this);
            });
        }
    }

    void ITargetEffects.Cancel(TargetTask task) => ((FakeTask)task).Cancelled = true;

    void ITargetEffects.Fail(TargetTask task, IscsiCondition condition)
    {
        int code = condition switch
        {
            IscsiCondition.UnexpectedUnsolicitedData => 0x0C0C,
            IscsiCondition.IncorrectAmountOfData => 0x0C0D,
            IscsiCondition.ProtocolServiceCrcError => 0x4705,
            _ => 0x1113,
        };
        SetCheck(task, 0x0B, (byte)(code >> 8), (byte)code);
    }

    void ITargetEffects.Reread(TargetTask task)
    {
        Reread.Add(task.InitiatorTaskTag);
        ((ITargetEffects)this).Execute(task);
    }

    bool ITargetEffects.IsBlocked(TargetTask task) => Allegiances.Contains(Spelt(task.Lun)) && task.Attribute != 4;

    bool ITargetEffects.Ended(TargetTask task)
    {
        EndedWith.Add((task.InitiatorTaskTag, task.Status));
        return WhenEnded(task);
    }

    bool ITargetEffects.AnswersAborted(ulong lun) => AnsweringAborted.Contains(Spelt(lun));

    bool ITargetEffects.HasUnit(ulong lun) => Spelt(lun) is Unit0 or Unit3;

    bool ITargetEffects.IsSameUnit(ulong lun, ulong other) => Spelt(lun) == Spelt(other);

    int ITargetEffects.PendingEvent(ulong lun) => PendingEvents.GetValueOrDefault(Spelt(lun));

    void ITargetEffects.TasksEndedByTransport(ulong lun) => EndedByTransport.Add(lun);

    void ITargetEffects.ReachOut(TaskManagementOperation operation)
    {
        ReachedOut.Add(operation);
        _later.Enqueue(() =>
        {
            if (operation.Request.Function == TaskManagementFunction.ClearAca)
            {
                Allegiances.Remove(Spelt(operation.Request.Lun));
                Session.GoOn(this);
                if (operation.Release())
                {
                    Session.Finish(operation, this);
                }

                return;
            }

            ulong[] units = operation.IsTargetReset ? [Unit0, Unit3] : [operation.Request.Lun];
            foreach (SessionRig other in Others)
            {
                other.Do(session => session.EndTasksFor(operation, units, other));
            }

            if (operation.Request.Function != TaskManagementFunction.ClearTaskSet)
            {
                Session.ExpectAttentions(units, this);
            }

            if (operation.Release())
            {
                Session.Finish(operation, this);
            }
        });
    }

    // An operation may be that of another session.
    void ITargetEffects.Finished(EndWait operation)
    {
        SessionRig owner = (SessionRig)operation.AnswersOn!.Session.Shell!;
        _later.Enqueue(() => owner.Do(session => session.Finish(operation, owner)));
    }

    void ITargetEffects.Close(TargetConnection connection, CloseKind kind, string why) => Closed.Add((connection, kind, why));

    void ITargetEffects.CloseEverything(string why)
    {
        EverythingClosed = true;
        _later.Enqueue(() => Session.Drop(why, this));
    }

    void ITargetEffects.SessionEnded(TargetSession session, string why)
    {
        Assert.Null(EndedWhy);
        EndedWhy = why;
    }

    void ITargetEffects.Note(TargetConnection connection, in Deviation deviation) => Notes.Add(deviation);

    IEnumerable<DiscoveredTarget> ISendTargets.All() => [new("iqn.2026-11.local.test:t", ["127.0.0.1:3260,1"])];

    DiscoveredTarget? ISendTargets.Find(string name) => null;

    // The flat space method spells the same unit with another first byte.
    private static ulong Spelt(ulong lun) => lun & ~(1UL << 62);

    private static void SetCheck(TargetTask task, byte key, byte code, byte qualifier)
    {
        task.Status = 2;
        task.Sense = new byte[] { key, code, qualifier };
    }

    private void FillResult(FakeTask task)
    {
        FakeCdb cdb = FakeCdb.Read(task.Cdb);
        if (cdb.Takes > 0)
        {
            Written[task.InitiatorTaskTag] = task.DataOut.ToArray();
        }

        if (cdb.Fails)
        {
            SetCheck(task, 3, 0x11, 0);
        }
        else if (cdb.Trimmed)
        {
            task.DataInOwner = Pool.Rent(16);
            task.DataIn = default;
        }
        else if (cdb.Gives > 0)
        {
            byte[] bytes = Bytes((int)cdb.Gives, (int)task.InitiatorTaskTag);
            if (cdb.Lent)
            {
                task.DataIn = bytes;
            }
            else
            {
                task.DataInOwner = Pool.Rent(bytes.Length);
                bytes.CopyTo(task.DataInOwner.Memory);
                task.DataIn = task.DataInOwner.Memory[..bytes.Length];
            }
        }
    }
}
