using System.Buffers.Binary;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: thin provisioning thresholds and their log page as SBC-3 §4.7.3.7, §6.4.5 and §6.5.9 have them. Method: a disk that says what it is told.</summary>
public sealed class ProvisioningTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Rig _rig = new();

    [Fact]
    public void The_log_page_has_sets_of_a_mebibyte()
    {
        Assert.Equal(11, _rig.Run(Cdbs.Inquiry(0xB2)).DataIn[4]);
        Assert.Empty(_rig.Run(Cdbs.LogSense(0x0C)).DataIn[4..]);
        _rig.Disk.Space = new SpaceUsage((3 << 20) + 1, (8 << 20) - 1);
        Assert.Equal(
            [0, 1, 0x23, 8, 0, 0, 0, 7, 2, 0, 0, 0, 0, 2, 0x23, 8, 0, 0, 0, 4, 2, 0, 0, 0],
            _rig.Run(Cdbs.LogSense(0x0C)).DataIn[4..]);
        _rig.Disk.Space = new SpaceUsage(1, null);
        Assert.Equal([0, 2, 0x23, 8, 0, 0, 0, 1, 2, 0, 0, 0], _rig.Run(Cdbs.LogSense(0x0C)).DataIn[4..]);
        new Rig(thin: false).Run(Cdbs.LogSense(0x0C)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
    }

    [Fact]
    public void Every_nexus_hears_once_that_used_space_has_reached_its_threshold()
    {
        SetThresholds(used: 4);
        Write(used: 3 << 20);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        Write(used: 4 << 20);
        foreach (Nexus nexus in new[] { _rig.First, _rig.Second })
        {
            _rig.Run(nexus, Cdbs.TestUnitReady).ShouldBe(Sense.SoftThresholdReached);
        }

        Write(used: 5 << 20);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        Write(used: 1 << 20);
        Write(used: 5 << 20);
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.SoftThresholdReached);
    }

    [Fact]
    public void A_threshold_of_what_is_available_is_reached_from_above()
    {
        SetThresholds(available: 2);
        Write(used: 0, available: 3 << 20);
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        Write(used: 0, available: (3 << 20) - 1);
        _rig.Run(Cdbs.TestUnitReady).ShouldBe(Sense.SoftThresholdReached);
    }

    [Fact]
    public void Without_a_threshold_or_without_reports_the_disk_is_not_asked()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        SetThresholds(used: 1);
        Assert.True(SpinWait.SpinUntil(() => _rig.Disk.SpaceQueries == 1, Patience));
        byte[] recovery = _rig.Run(Cdbs.ModeSense6(0x01, noDescriptors: true)).DataIn[4..];
        recovery[7] = 0;
        _rig.Run(Cdbs.ModeSelect6(4 + recovery.Length), [0, 0, 0, 0, .. recovery]).ShouldBeGood();
        Assert.False(_rig.Unit.Modes.HasThresholds);
        _rig.Time.Advance(TimeSpan.FromSeconds(2));
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.SpaceQueries);
    }

    private void Write(ulong used, ulong? available = null)
    {
        int before = _rig.Disk.SpaceQueries;
        _rig.Disk.Space = new SpaceUsage(used, available);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.True(SpinWait.SpinUntil(() => _rig.Disk.SpaceQueries > before, Patience), "the disk is not asked");

        // What follows the question runs behind it; a question of this thread comes last.
        SpinWait.SpinUntil(() => _rig.Target.QueryAsynchronousEvent(0, _rig.First) != 0, TimeSpan.FromMilliseconds(50));
    }

    private void SetThresholds(uint? available = null, uint? used = null)
    {
        byte[] page = _rig.Run(Cdbs.ModeSense6(0x1C, 2, noDescriptors: true)).DataIn[4..];
        Set(page.AsSpan(16), available);
        Set(page.AsSpan(24), used);
        int before = _rig.Disk.SpaceQueries;
        _rig.Run(Cdbs.ModeSelect6(4 + page.Length), [0, 0, 0, 0, .. page]).ShouldBeGood();
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.ModeParametersChanged);
        Assert.True(SpinWait.SpinUntil(() => _rig.Disk.SpaceQueries > before, Patience), "the disk is not asked");

        static void Set(Span<byte> descriptor, uint? count)
        {
            descriptor[0] |= count is null ? (byte)0 : (byte)0x80;
            BinaryPrimitives.WriteUInt32BigEndian(descriptor[4..], count ?? 0);
        }
    }
}
