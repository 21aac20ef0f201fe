using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: power conditions as SPC-4 §5.12, §7.5.13 and SBC-3 §5.25 have them. Method: START STOP UNIT or the timers of the mode page, then what REQUEST SENSE tells.
/// </summary>
public sealed class PowerTests
{
    private readonly Rig _rig = new();

    [Theory]
    [InlineData(2, 0, 0x03)]
    [InlineData(2, 1, 0x06)]
    [InlineData(2, 2, 0x08)]
    [InlineData(3, 0, 0x04)]
    [InlineData(3, 1, 0x0A)]
    public void A_condition_set_by_command_is_told_until_the_medium_is_needed(int condition, byte modifier, byte qualifier)
    {
        Change(condition, modifier).ShouldBeGood();
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, qualifier), Told());
        _rig.Run(Cdbs.TestUnitReady).ShouldBeGood();
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, qualifier), Told());
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Active_and_control_by_the_unit_end_a_condition(int condition)
    {
        Change(2, 0).ShouldBeGood();
        Change(condition, 0).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(7, false)]
    [InlineData(0xA, false)]
    [InlineData(0xB, false)]
    public void A_condition_that_is_set_starts_a_stopped_disk(int condition, bool starts)
    {
        _rig.Run(Cdbs.StartStop(0)).ShouldBeGood();
        Change(condition, 0).ShouldBeGood();
        Assert.Equal(starts ? null : Sense.InitializingCommandRequired, _rig.Run(Cdbs.TestUnitReady).Sense);
    }

    [Fact]
    public void A_start_and_a_reset_end_a_condition()
    {
        Change(3, 0).ShouldBeGood();
        _rig.Run(Cdbs.StartStop(1)).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
        Change(3, 0).ShouldBeGood();
        _rig.Target.LogicalUnitReset(0, _rig.First);
        Assert.Equal(Sense.BusDeviceReset, Told());
        Assert.Equal(Sense.None, Told());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(7, 1)]
    [InlineData(0xA, 3)]
    [InlineData(0xB, 2)]
    public void A_modifier_without_meaning_is_refused(int condition, byte modifier) =>
        Change(condition, modifier).ShouldBe(Sense.InvalidFieldInCdb(3, 3));

    [Fact]
    public void Standby_brings_the_cache_to_the_medium_unless_it_is_told_not_to()
    {
        Change(3, 0, flags: 4).ShouldBeGood();
        Change(2, 0).ShouldBeGood();
        Assert.Equal(0, _rig.Disk.Flushes);
        Change(3, 0).ShouldBeGood();
        Assert.Equal(1, _rig.Disk.Flushes);
        _rig.Disk.Failure = Storage.IoStatus.WriteError;
        Change(3, 0).ShouldBe(new SenseData(SenseKey.MediumError, 0x0C, 0));
    }

    [Fact]
    public void Timers_bring_deeper_conditions_as_they_run_out()
    {
        SetTimers(0x03, idleA: 50, standbyZ: 600); // 5 s and a minute
        _rig.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(Sense.None, Told());
        _rig.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x01), Told());
        _rig.Time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x02), Told());
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x01), Told());
    }

    [Fact]
    public void A_timer_that_is_not_enabled_never_runs_out()
    {
        SetTimers(0x01, idleA: 0, standbyZ: 10);
        Assert.Equal(Sense.None, Told());
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x02), Told());
    }

    [Fact]
    public void A_forced_timer_runs_out_at_once_when_it_is_enabled()
    {
        Change(0xA, 0).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
        SetTimers(0x03, idleA: 50, standbyZ: 600);
        Change(0xA, 0).ShouldBeGood();
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x01), Told());
        Change(0xB, 0).ShouldBeGood();
        Assert.Equal(new SenseData(SenseKey.NoSense, 0x5E, 0x02), Told());
        Change(0xB, 1).ShouldBeGood();
        Assert.Equal(Sense.None, Told());
    }

    private Outcome Change(int condition, byte modifier, byte flags = 0) =>
        _rig.Run([OperationCode.StartStopUnit, 0, 0, modifier, (byte)(condition << 4 | flags), 0]);

    private SenseData? Told() => SenseData.Parse(_rig.Run(Cdbs.RequestSense()).DataIn);

    private void SetTimers(byte flags, uint idleA, uint standbyZ)
    {
        byte[] page = _rig.Run(Cdbs.ModeSense6(0x1A, noDescriptors: true)).DataIn[4..];
        page[3] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(page.AsSpan(4), idleA);
        BinaryPrimitives.WriteUInt32BigEndian(page.AsSpan(8), standbyZ);
        _rig.Run(Cdbs.ModeSelect6(44), [0, 0, 0, 0, .. page]).ShouldBeGood();
    }
}
