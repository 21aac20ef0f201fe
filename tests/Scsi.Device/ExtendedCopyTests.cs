using System.Buffers.Binary;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: EXTENDED COPY copies what it says, refuses what it cannot do by its place, and tells afterwards what became of it.</summary>
public sealed class ExtendedCopyTests
{
    private readonly CopyRig _rig = new(new FakeDisk(), new FakeDisk(), new FakeDisk(4096));

    public ExtendedCopyTests()
    {
        foreach (FakeDisk disk in _rig.Disks)
        {
            new Random(5).NextBytes(disk.Bytes(0, 1024));
        }

        _rig.Disks[1].Bytes(0, 1024).Fill(1);
    }

    private CopyDisk[] All => _rig.All;

    public static TheoryData<bool> Forms => [false, true];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Blocks_are_copied_from_one_disk_to_another(bool isLong)
    {
        Copy(isLong, new CopySegment(0, 1, 20, 3, 40), new CopySegment(0, 1, 1, 0, 1023)).ShouldBeGood();
        Assert.True(_rig.Disks[1].Bytes(40, 20).SequenceEqual(_rig.Disks[0].Bytes(3, 20)));
        Assert.True(_rig.Disks[1].Bytes(1023, 1).SequenceEqual(_rig.Disks[0].Bytes(0, 1)));
        Assert.False(_rig.Disks[1].Bytes(0, 40).ContainsAnyExcept((byte)1));
        Assert.False(_rig.Disks[1].Bytes(60, 963).ContainsAnyExcept((byte)1));
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(9, 0)]
    public void Overlapping_runs_of_one_disk_are_copied_as_they_were(ulong from, ulong to)
    {
        CopyRig rig = new(new FakeDisk(512, 8192));
        new Random(6).NextBytes(rig.Disks[0].Bytes(0, 8192));
        byte[] before = rig.Disks[0].Bytes(from, 4000).ToArray();
        rig.Copy(CopyData.Short(0, rig.All, new CopySegment(0, 0, 4000, from, to))).ShouldBeGood();
        Assert.True(rig.Disks[0].Bytes(to, 4000).SequenceEqual(before));
    }

    [Fact]
    public void Holes_stay_holes()
    {
        CopyRig rig = new(new FakeDisk(512, 8192), new FakeDisk(512, 8192));
        byte[] unmap = Cdbs.UnmapList(new UnmapDescriptor(0, 8192));
        rig.Run(Cdbs.Unmap(unmap.Length), unmap).ShouldBeGood();
        rig.Run(Cdbs.Ten(OperationCode.Write10, 5000, 1), [.. Enumerable.Repeat((byte)7, 512)]).ShouldBeGood();
        rig.Disks[1].Bytes(0, 8192).Fill(1);
        rig.Copy(CopyData.Short(0, rig.All, new CopySegment(0, 1, 8192, 0, 0))).ShouldBeGood();
        Assert.Equal((1, 2, true), (rig.Disks[1].Writes, rig.Disks[1].Zeroings, rig.Disks[1].LastZeroingMayUnmap));
        Assert.True(rig.Disks[1].Bytes(0, 8192).SequenceEqual(rig.Disks[0].Bytes(0, 8192)));
    }

    [Fact]
    public void Disks_with_other_blocks_are_copied_in_whole_blocks_of_both()
    {
        Copy(false, new CopySegment(0, 2, 16, 8, 5)).ShouldBeGood();
        Assert.True(_rig.Disks[2].Bytes(5, 2).SequenceEqual(_rig.Disks[0].Bytes(8, 16)));
        Copy(false, new CopySegment(0, 2, 9, 8, 5)).ShouldBe(Sense.InexactSegment(10));
        byte[] counted = CopyData.Short(0, All, new CopySegment(0, 2, 2, 16, 7));
        counted[16 + 3 * 32 + 1] = 2;
        _rig.Copy(counted).ShouldBeGood();
        Assert.True(_rig.Disks[2].Bytes(7, 2).SequenceEqual(_rig.Disks[0].Bytes(16, 16)));
    }

    [Fact]
    public void The_unit_itself_has_a_name()
    {
        _rig.Copy(CopyData.Short(0, All, new CopySegment(0xFFFF, 1, 1, 3, 4)), lun: 0).ShouldBeGood();
        Assert.True(_rig.Disks[1].Bytes(4, 1).SequenceEqual(_rig.Disks[0].Bytes(3, 1)));
    }

    [Fact]
    public void A_wrong_list_is_refused_by_its_place()
    {
        Spoilt(16, 0xE0).ShouldBe(Sense.UnsupportedCopyDisk(16));
        Spoilt(17, 1).ShouldBe(Sense.IncorrectCopyTargetType(17));
        Spoilt(17, 0x20).ShouldBe(Sense.InvalidFieldInParameterList(17));
        Spoilt(23, 21).ShouldBe(Sense.InvalidFieldInParameterList(23));
        Spoilt(24, 0x3F).ShouldBe(Sense.CopyTargetNotReachable(16));
        Spoilt(47, 1).ShouldBe(Sense.InvalidFieldInParameterList(45));
        Spoilt(1, 0x08).ShouldBe(Sense.InvalidFieldInParameterList(1, 4));
        Spoilt(1, 0x18).ShouldBe(Sense.InvalidFieldInParameterList(0));
        Spoilt(15, 1).ShouldBe(Sense.InlineDataLengthExceeded);
        const int segment = 16 + 3 * 32;
        Spoilt(segment, 0x04).ShouldBe(Sense.UnsupportedCopySegment(segment));
        Spoilt(segment + 3, 0x17).ShouldBe(Sense.InvalidFieldInParameterList(segment + 2));
        Spoilt(segment + 5, 3).ShouldBe(Sense.UnreachableCopyTarget(4));
        Spoilt(segment + 7, 3).ShouldBe(Sense.UnreachableCopyTarget(6));
        Spoilt(segment + 18, 4).ShouldBe(Sense.CopyLeavesDisk(12));
        Spoilt(3, 3 * 32 + 1).ShouldBe(Sense.ParameterListLengthError);
        Spoilt(11, 29).ShouldBe(Sense.ParameterListLengthError);
        Assert.Equal(0, _rig.Disks[1].Writes);

        Outcome Spoilt(int at, byte value)
        {
            byte[] list = CopyData.Short(9, All, new CopySegment(0, 1, 1, 0, 0));
            list[at] = value;
            return _rig.Copy(list);
        }
    }

    [Fact]
    public void A_wrong_header_of_the_long_form_is_refused_by_its_place()
    {
        foreach ((int at, byte value, SenseData sense) in new (int, byte, SenseData)[]
        {
            (0, 2, Sense.InvalidFieldInParameterList(0)), (3, 0x21, Sense.InvalidFieldInParameterList(2)), (16, 0xFE, Sense.InvalidFieldInParameterList(16)),
            (15, 1, Sense.InvalidFieldInParameterList(15, 0)), (47, 1, Sense.InlineDataLengthExceeded),
        })
        {
            byte[] list = CopyData.Long(9, false, All, new CopySegment(0, 1, 1, 0, 0));
            list[at] = value;
            _rig.Run(Cdbs.Copy(CopyRig.Out, ServiceAction.ExtendedCopyLid4, list.Length), list).ShouldBe(sense);
        }

        byte[] nameless = CopyData.Long(0, true, All, new CopySegment(0, 1, 1, 0, 0));
        nameless[1] = 0x18;
        _rig.Copy(nameless).ShouldBe(Sense.InvalidFieldInParameterList(15, 1));
    }

    [Fact]
    public void Lists_that_are_too_short_or_too_long_are_refused()
    {
        byte[] list = CopyData.Short(9, All, new CopySegment(0, 1, 1, 0, 0));
        for (int length = 1; length < list.Length; length++)
        {
            _rig.Run(Cdbs.Copy(CopyRig.Out, 0, length), list[..length]).ShouldBe(Sense.ParameterListLengthError);
        }

        _rig.Run(Cdbs.Copy(CopyRig.Out, 0, 1 << 20), []).ShouldBe(Sense.ParameterListLengthError);
        _rig.Copy(CopyData.Short(9, [.. Enumerable.Repeat(All[0], 17)])).ShouldBe(Sense.TooManyCopyDisks);
        _rig.Copy(CopyData.Short(9, All, [.. Enumerable.Repeat(new CopySegment(0, 1, 1, 0, 0), 65)])).ShouldBe(Sense.TooManyCopySegments);
        _rig.Copy(CopyData.Short(9, [.. Enumerable.Repeat(All[0], 17)], [.. Enumerable.Repeat(new CopySegment(0, 1, 1, 0, 0), 65)])).ShouldBe(Sense.ParameterListLengthError);
        _rig.Copy(CopyData.Short(9, All, [.. Enumerable.Repeat(new CopySegment(0, 1, 1, 0, 0), 64)])).ShouldBeGood();
    }

    [Fact]
    public void Operating_parameters_say_what_is_taken()
    {
        CopyLimits limits = CopyLimits.Parse(_rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyOperatingParameters, 512)).DataIn)!;
        Assert.Equal((16, 64, 16 * 32u + 64 * 28u, 1u << 28, 16, 9), (limits.MaximumDisks, limits.MaximumSegments, limits.MaximumListBytes, limits.MaximumSegmentBytes, limits.MaximumConcurrent, limits.Granularity));
        Assert.Equal([0x02, 0xE4], limits.DescriptorTypes);
    }

    [Fact]
    public void The_status_of_a_copy_that_is_over_can_be_asked_for_by_its_nexus_alone()
    {
        _rig.Copy(CopyData.Short(9, All, new CopySegment(0, 1, 20, 3, 40), new CopySegment(0, 1, 1, 0, 0))).ShouldBeGood();
        byte[] status = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyStatusLid1, 512, 9u << 24)).DataIn;
        Assert.Equal([0, 0, 0, 8, 1, 0, 2, 0, 0, 0, 21 * 512 >> 8, 21 * 512 & 0xFF], status);
        byte[] details = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyFailureDetails, 512, 9u << 24)).DataIn;
        Assert.Equal((60, 56, 0, 0), (details.Length, details[3], details[56], details[59]));
        _rig.Status(9, _rig.Second).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Status(9, lun: 1).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Status(8).ShouldBe(Sense.InvalidFieldInCdb(2));
    }

    [Fact]
    public void A_copy_without_list_identifier_leaves_nothing_behind()
    {
        byte[] list = new CopyParameters(0, All, [new CopySegment(0, 1, 1, 0, 0)]).ToArray1();
        _rig.Copy(list).ShouldBeGood();
        _rig.Status(0).ShouldBe(Sense.InvalidFieldInCdb(2));
    }

    [Fact]
    public void A_copy_behind_its_command_tells_how_it_goes()
    {
        using ManualResetEventSlim go = new();
        _rig.Disks[0].OnCall = _ => go.Wait(TimeSpan.FromSeconds(20));
        byte[] list = CopyData.Long(70000, true, All, new CopySegment(0, 1, 1000, 0, 0));
        _rig.Copy(list).ShouldBeGood();
        byte[] status = _rig.Status(70000).DataIn;
        Assert.Equal((1, 0x12, 0), (status[4], status[5], status[25]));
        _rig.Copy(list).ShouldBe(Sense.CopyInProgress);
        go.Set();
        Assert.Equal(1, _rig.StateAtTheEnd(70000));
        status = _rig.Status(70000).DataIn;
        Assert.Equal((32, 512_000UL, 1), (status.Length, BinaryPrimitives.ReadUInt64BigEndian(status.AsSpan(16)), status[25]));
        Assert.True(_rig.Disks[1].Bytes(0, 1000).SequenceEqual(_rig.Disks[0].Bytes(0, 1000)));
    }

    [Fact]
    public void A_copy_ends_when_it_is_aborted()
    {
        using ManualResetEventSlim go = new();
        _rig.Disks[0].OnCall = _ => go.Wait(TimeSpan.FromSeconds(20));
        _rig.Copy(CopyData.Long(5, true, All, new CopySegment(0, 1, 500, 0, 0), new CopySegment(0, 1, 500, 500, 500))).ShouldBeGood();
        _rig.Run(Cdbs.Copy(CopyRig.Out, ServiceAction.CopyOperationAbort, 0, 6)).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Run(Cdbs.Copy(CopyRig.Out, ServiceAction.CopyOperationAbort, 0, 5), nexus: _rig.Second).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Run(Cdbs.Copy(CopyRig.Out, ServiceAction.CopyOperationAbort, 0, 5)).ShouldBeGood();
        go.Set();
        Assert.Equal(0x60, _rig.StateAtTheEnd(5));
        Assert.False(_rig.Disks[1].Bytes(500, 500).ContainsAnyExcept((byte)1));
    }

    public static TheoryData<string> Ends => ["reset of the unit", "reset of the destination", "nexus loss", "target reset"];

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_copy_ends_with_what_it_depends_on(string end)
    {
        using ManualResetEventSlim go = new();
        int reads = 0;
        _rig.Disks[0].OnCall = _ =>
        {
            Interlocked.Increment(ref reads);
            go.Wait(TimeSpan.FromSeconds(20));
        };
        _rig.Copy(CopyData.Long(5, true, All, new CopySegment(0, 1, 1, 0, 0), new CopySegment(0, 1, 1, 9, 9))).ShouldBeGood();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 1, TimeSpan.FromSeconds(20)));
        CopyOperation copy = _rig.Target.Copies.Lists.Find(_rig.First, _rig.Units[0], 5)!;
        Task over;
        switch (end)
        {
            case "reset of the unit":
                _rig.Target.LogicalUnitReset(0, _rig.Second);
                over = _rig.Target.CopiesEndAsync([0]);
                break;
            case "reset of the destination":
                _rig.Target.LogicalUnitReset(LunFormat.Encode(1), _rig.Second);
                over = _rig.Target.CopiesEndAsync([LunFormat.Encode(1)]);
                break;
            case "nexus loss":
                _rig.Target.DetachNexus(_rig.First);
                over = _rig.Target.CopiesEndAsync(_rig.First);
                break;
            default:
                _rig.Target.TargetReset(_rig.Second, powerOn: false);
                over = _rig.Target.CopiesEndAsync([0]);
                break;
        }

        Assert.False(over.IsCompleted, "says that a copy is over that works on the disk");
        Assert.True(_rig.Target.CopiesEndAsync([LunFormat.Encode(2)]).IsCompleted && _rig.Target.CopiesEndAsync(_rig.Second).IsCompleted);
        go.Set();
        Assert.True(SpinWait.SpinUntil(() => over.IsCompleted, TimeSpan.FromSeconds(20)), "the copy does not end");
        Assert.False(copy.IsRunning);
        Assert.Equal((end == "reset of the destination" ? CopyState.Failed : CopyState.Terminated, 1), (copy.Progress.State, Volatile.Read(ref reads)));
        Assert.Equal(_rig.Disks[0].Bytes(0, 1), _rig.Disks[1].Bytes(0, 1));
    }

    [Fact]
    public void Reservations_of_others_stand_against_a_copy()
    {
        _rig.Run([OperationCode.Reserve6, 0, 0, 0, 0, 0], lun: 1, nexus: _rig.Second).ShouldBeGood();
        Copy(false, new CopySegment(0, 1, 1, 0, 0)).ShouldBe(Sense.ThirdPartyDeviceFailure);
        Copy(false, new CopySegment(1, 0, 1, 0, 0)).ShouldBe(Sense.ThirdPartyDeviceFailure);
        _rig.Copy(CopyData.Short(0, All, new CopySegment(0, 1, 1, 0, 0)), _rig.Second).ShouldBeGood();
    }

    [Fact]
    public void A_disk_that_may_not_or_cannot_be_written_fails_the_copy()
    {
        CopyRig rig = new(new FakeDisk(), new FakeDisk(readOnly: true));
        rig.Copy(CopyData.Short(3, rig.All, new CopySegment(0, 1, 1, 0, 0))).ShouldBe(Sense.ThirdPartyDeviceFailure);
        byte[] details = rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyFailureDetails, 512, 3u << 24)).DataIn;
        Assert.Equal(2, details[56]);
        Assert.Equal(Sense.ThirdPartyDeviceFailure, SenseData.Parse(details.AsSpan(60)));
        Assert.Equal(2, rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyStatusLid1, 512, 3u << 24)).DataIn[4]);
        rig.Disks[0].Failure = Blockwire.Storage.IoStatus.ReadError;
        rig.Copy(CopyData.Short(3, rig.All, new CopySegment(0, 0, 1, 0, 5))).ShouldBe(Sense.ThirdPartyDeviceFailure);
        rig.Run(Cdbs.StartStop(0), lun: 1).ShouldBeGood();
        rig.Disks[0].Failure = Blockwire.Storage.IoStatus.Ok;
        rig.Copy(CopyData.Short(3, rig.All, new CopySegment(1, 0, 1, 0, 5))).ShouldBe(Sense.ThirdPartyDeviceFailure);
    }

    [Fact]
    public void Copies_of_a_nexus_are_bounded()
    {
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Disks[0].Open = go.Task;
        for (uint i = 0; i < 16; i++)
        {
            _rig.Copy(CopyData.Long(i, true, All, new CopySegment(0, 1, 1, 0, 0))).ShouldBeGood();
        }

        _rig.Copy(CopyData.Long(16, true, All, new CopySegment(0, 1, 1, 0, 0))).ShouldBe(Sense.InsufficientResources);
        _rig.Copy(CopyData.Long(16, true, All, new CopySegment(0, 1, 1, 0, 0)), _rig.Second).ShouldBeGood();
        go.SetResult();
        Assert.Equal(1, _rig.StateAtTheEnd(15));
        for (uint i = 100; i < 164; i++)
        {
            _rig.Copy(CopyData.Long(i, false, All, new CopySegment(0, 1, 1, 0, 0))).ShouldBeGood();
        }

        _rig.Status(3).ShouldBe(Sense.InvalidFieldInCdb(2));
        _rig.Status(100).ShouldBeGood();
    }

    [Fact]
    public void A_cancelled_command_ends_its_copy()
    {
        using ManualResetEventSlim go = new();
        int reads = 0;
        _rig.Disks[0].OnCall = _ =>
        {
            Interlocked.Increment(ref reads);
            go.Wait(TimeSpan.FromSeconds(20));
        };
        byte[] list = CopyData.Short(5, All, new CopySegment(0, 1, 1, 0, 0), new CopySegment(0, 1, 1, 9, 9));
        using CopyRig.Begun begun = new(_rig, Cdbs.Copy(CopyRig.Out, 0, list.Length), list, 0, _rig.First);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 1, TimeSpan.FromSeconds(20)));
        begun.Cancellation.Cancel();
        go.Set();
        Assert.IsType<TaskCanceledException>(Assert.Throws<AggregateException>(begun.Wait).InnerException);
        Assert.Equal((1, 0x60), (Volatile.Read(ref reads), _rig.StateAtTheEnd(5)));
    }

    private Outcome Copy(bool isLong, params CopySegment[] segments) =>
        _rig.Copy(isLong ? CopyData.Long(1, false, All, segments) : CopyData.Short(1, All, segments));
}
