using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests.Reservations;

/// <summary>
/// Goal: after the GOOD of PREEMPT AND ABORT no third-party copy of a preempted nexus works on the disk, whoever it was asked of and whether or not its command is over
/// (SPC-4 §5.13.11.5, §5.17.4). Method: a copy that is held in the middle of a piece while it is preempted.
/// </summary>
public sealed class CopyFenceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CopyRig _rig = new(new FakeDisk(), new FakeDisk(), new FakeDisk());
    private readonly ManualResetEventSlim _go = new();
    private int _reads;

    public CopyFenceTests()
    {
        Register(_rig.First, 1);
        Register(_rig.Second, 2);
    }

    public void Dispose() => _go.Dispose();

    [Fact]
    public void A_copy_behind_its_command_ends_before_the_answer()
    {
        Hold(0);
        _rig.Copy(Moves(0, 1), _rig.Second, lun: 1).ShouldBeGood();
        Preempt();
        Assert.Equal((1, CopyState.Terminated), (_reads, State(_rig.Second, 1)));
    }

    [Fact]
    public void So_does_one_that_another_unit_was_asked_for()
    {
        Hold(0);
        _rig.Copy(Moves(0, 1), _rig.Second, lun: 2).ShouldBeGood();
        Preempt();
        Assert.Equal((1, CopyState.Terminated), (_reads, State(_rig.Second, 2)));
    }

    [Fact]
    public void So_does_one_whose_nexus_has_gone()
    {
        Hold(0);
        _rig.Copy(Moves(0, 1), _rig.Second, lun: 1).ShouldBeGood();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _reads) == 1, Patience));
        _rig.Target.DetachNexus(_rig.Second);
        Preempt();
    }

    [Fact]
    public void One_of_other_disks_or_of_the_nexus_that_asks_goes_on()
    {
        Hold(0);
        _rig.Copy(Moves(0, 2), _rig.Second, lun: 2).ShouldBeGood();
        _rig.Copy(Moves(0, 1), _rig.First, lun: 1).ShouldBeGood();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _reads) == 2, Patience));
        Task preempting = Begin();
        Assert.True(SpinWait.SpinUntil(() => preempting.IsCompletedSuccessfully, Patience), "waits for copies that are none of its business");
        _go.Set();
        Assert.True(SpinWait.SpinUntil(() => (State(_rig.Second, 2), State(_rig.First, 1)) == (CopyState.Done, CopyState.Done), Patience));
    }

    private void Preempt()
    {
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _reads) == 1, Patience));
        Task preempting = Begin();
        Assert.False(SpinWait.SpinUntil(() => preempting.IsCompleted, TimeSpan.FromMilliseconds(200)), "answered while a copy of the preempted nexus works on the disk");
        _go.Set();
        Assert.True(SpinWait.SpinUntil(() => preempting.IsCompletedSuccessfully, Patience), "PREEMPT AND ABORT does not end well");
    }

    // On a thread of its own: those of the pool may all be held.
    private Task Begin() => Task.Factory.StartNew(
        () =>
        {
            byte[] list = new ReservationParameters(1, 2).ToArray();
            _rig.Run(Pr.OutCdb(ReservationAction.PreemptAndAbort, list.Length), list, lun: 1, nexus: _rig.First).ShouldBeGood();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private void Hold(int disk) => _rig.Disks[disk].OnCall = _ =>
    {
        Interlocked.Increment(ref _reads);
        _go.Wait(Patience);
    };

    private CopyState State(Nexus nexus, int unit) => _rig.Target.Copies.Lists.Find(nexus, _rig.Units[unit], 5)!.Progress.State;

    private byte[] Moves(ushort from, ushort to) =>
        CopyData.Long(5, true, _rig.All, new CopySegment(from, to, 1, 0, 0), new CopySegment(from, to, 1, 9, 9));

    private void Register(Nexus nexus, ulong key)
    {
        byte[] list = new ReservationParameters(0, key).ToArray();
        _rig.Run(Pr.OutCdb(ReservationAction.Register, list.Length), list, lun: 1, nexus: nexus).ShouldBeGood();
    }
}
