using System.Buffers.Binary;
using Blockwire.Scsi.Device.Logs;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: log pages as SPC-4 §6.7, §6.8 and §7.3 have them, with counts that are true. Method: commands, then the parameters of a page by their codes.
/// </summary>
public sealed class LogTests
{
    private const byte WriteErrors = 0x02, ReadErrors = 0x03, VerifyErrors = 0x05, NonMedium = 0x06, Statistics = 0x19;

    private readonly Rig _rig = new();

    [Fact]
    public void Supported_pages_and_subpages_are_those_that_answer()
    {
        byte[] pages = _rig.Run(Cdbs.LogSense(0)).DataIn;
        Assert.Equal([0x80, 0, 0, (byte)(pages.Length - 4)], pages[..4]);
        Assert.Equal([.. LogPages.Of(_rig.Unit).Where(page => page.Subpage == 0).Select(page => page.Code)], pages[4..]);
        byte[] all = _rig.Run(Cdbs.LogSense(0, 0xFF)).DataIn;
        Assert.Equal((0xC0, 0xFF), (all[0], all[1]));
        for (int at = 4; at < all.Length; at += 2)
        {
            byte[] page = _rig.Run(Cdbs.LogSense(all[at], all[at + 1])).DataIn;
            Assert.Equal((all[at], all[at + 1]), (page[0] & 0x3F, page[1]));
            Assert.Equal(page.Length - 4, BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(2)));
        }

        Assert.Equal([ReadErrors, 0, ReadErrors, 0xFF], _rig.Run(Cdbs.LogSense(ReadErrors, 0xFF)).DataIn[4..]);
    }

    [Fact]
    public void Unknown_pages_are_refused_by_their_field()
    {
        _rig.Run(Cdbs.LogSense(0x3E)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
        _rig.Run(Cdbs.LogSense(0x3E, 0xFF)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
        _rig.Run(Cdbs.LogSense(ReadErrors, 1)).ShouldBe(Sense.InvalidFieldInCdb(3));
        _rig.Run(Cdbs.LogSelect(0x3E)).ShouldBe(Sense.InvalidFieldInCdb(2, 5));
    }

    [Fact]
    public void Reads_writes_and_verifications_are_counted_with_their_blocks()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 3)).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 2), new byte[1024]).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 5), new byte[1024]).ShouldBeGood(); // two of five blocks came
        _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 7)).ShouldBeGood();
        byte[] statistics = Parameter(Statistics, 1);
        Assert.Equal([1UL, 2, 4, 3], Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadUInt64BigEndian(statistics.AsSpan(8 * i))));
        Assert.Equal((3 * 512UL, 4 * 512UL, 7 * 512UL), (Count(ReadErrors, 5), Count(WriteErrors, 5), Count(VerifyErrors, 5)));
        Assert.Equal([0, 0, 0, 3, 0, 0, 0, 1], Parameter(Statistics, 3));
    }

    [Fact]
    public void Of_a_comparison_that_writes_only_what_it_writes_is_counted()
    {
        _rig.Run(Cdbs.CompareAndWrite(0, 3), new byte[6 * 512]).ShouldBeGood();
        _rig.Run(Cdbs.Sixteen(OperationCode.OrWrite16, 0, 4), new byte[4 * 512]).ShouldBeGood();
        Assert.Equal(7 * 512UL, Count(WriteErrors, 5));
    }

    [Fact]
    public void A_command_that_takes_time_counts_it()
    {
        long waited = 0;
        _rig.Disk.OnCall = _ =>
        {
            long start = Environment.TickCount64;
            SpinWait.SpinUntil(() => (waited = Environment.TickCount64 - start) >= 20);
        };
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        byte[] statistics = Parameter(Statistics, 1);
        Assert.InRange(BinaryPrimitives.ReadUInt64BigEndian(statistics.AsSpan(32)), (ulong)waited, (ulong)waited + 5000);
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64BigEndian(statistics.AsSpan(40)));
    }

    [Fact]
    public void Failures_are_counted_where_they_belong()
    {
        _rig.Disk.Failure = IoStatus.ReadError;
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1));
        _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 1));
        _rig.Disk.Failure = IoStatus.WriteError;
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 0, 1), new byte[512]);
        _rig.Run(Cdbs.Ten(OperationCode.SynchronizeCache10, 0, 0));
        _rig.Disk.Failure = IoStatus.NotSupported;
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1));
        Assert.Equal((1UL, 1UL, 2UL, 1UL), (Count(ReadErrors, 6), Count(VerifyErrors, 6), Count(WriteErrors, 6), Count(NonMedium, 0)));
    }

    [Fact]
    public void Blocks_that_differ_are_no_error_of_the_medium()
    {
        byte[] other = new byte[512];
        other[7] = 1;
        Assert.Equal(SenseKey.Miscompare, _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 1, flags: 0x02), other).Sense?.Key);
        Assert.Equal(0UL, Count(VerifyErrors, 6));
    }

    [Fact]
    public void Refused_commands_count_nothing()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 2000, 1)).ShouldBe(Sense.LbaOutOfRange(2000));
        Assert.Equal((0UL, 0UL), (Count(ReadErrors, 5), Count(ReadErrors, 6)));
    }

    [Fact]
    public void Page_control_and_parameter_pointer()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1)).ShouldBeGood();
        Assert.Equal(new byte[8], Parameter(ReadErrors, 5, control: 3));
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 8), Parameter(ReadErrors, 5, control: 0));
        Assert.Equal(Enumerable.Repeat((byte)0xFF, 8), Parameter(ReadErrors, 5, control: 2));
        Assert.Equal([5, 6], Codes(_rig.Run(Cdbs.LogSense(ReadErrors, pointer: 4)).DataIn));
        Assert.Equal([6], Codes(_rig.Run(Cdbs.LogSense(ReadErrors, pointer: 6)).DataIn));
        _rig.Run(Cdbs.LogSense(ReadErrors, pointer: 7)).ShouldBe(Sense.InvalidFieldInCdb(5));
        Assert.Equal(7, _rig.Run(Cdbs.LogSense(ReadErrors, allocation: 7)).DataIn.Length);
    }

    [Fact]
    public void A_reset_of_one_page_leaves_the_others_and_is_heard_by_other_nexuses()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 4)).ShouldBeGood();
        _rig.Disk.Failure = IoStatus.ReadError;
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 1));
        _rig.Run(Cdbs.LogSelect(ReadErrors, reset: true)).ShouldBeGood();
        Assert.Equal((0UL, 4 * 512UL), (Count(ReadErrors, 6), Count(VerifyErrors, 5)));
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBe(Sense.LogParametersChanged);
        _rig.Run(Cdbs.LogSelect(0, control: 3)).ShouldBeGood();
        Assert.Equal(0UL, Count(VerifyErrors, 5));
    }

    [Fact]
    public void A_reset_of_all_subpages_of_a_page_resets_the_page()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 4)).ShouldBeGood();
        byte[] select = Cdbs.LogSelect(VerifyErrors, reset: true);
        select[3] = 0xFF;
        _rig.Run(select).ShouldBeGood();
        Assert.Equal(0UL, Count(VerifyErrors, 5));
    }

    [Fact]
    public void A_select_that_only_asks_for_thresholds_resets_nothing()
    {
        _rig.Run(Cdbs.Ten(OperationCode.Verify10, 0, 4)).ShouldBeGood();
        _rig.Run(Cdbs.LogSelect(0, control: 2)).ShouldBeGood();
        Assert.Equal(4 * 512UL, Count(VerifyErrors, 5));
        _rig.Run(_rig.Second, Cdbs.TestUnitReady).ShouldBeGood();
    }

    [Fact]
    public void No_parameter_can_be_set()
    {
        byte[] list = _rig.Run(Cdbs.LogSense(ReadErrors)).DataIn;
        _rig.Run(Cdbs.LogSelect(0, reset: true, length: (ushort)list.Length), list).ShouldBe(Sense.InvalidFieldInCdb(1, 1));
        _rig.Run(Cdbs.LogSelect(0, length: (ushort)list.Length), list).ShouldBe(Sense.InvalidFieldInParameterList(0));
        _rig.Run(Cdbs.LogSelect(0, length: 3), list).ShouldBe(Sense.ParameterListLengthError);
    }

    [Fact]
    public void Starts_and_loads_are_counted()
    {
        Rig disk = new();
        disk.Run(Cdbs.StartStop(1)).ShouldBeGood();
        disk.Run(Cdbs.StartStop(0)).ShouldBeGood();
        disk.Run(Cdbs.StartStop(1)).ShouldBeGood();
        Assert.Equal([0, 4, 0x22, 4, 0, 0, 0, 1, 0, 6, 0x22, 4, 0, 0, 0, 0], disk.Run(Cdbs.LogSense(0x0E)).DataIn[4..]);
        Rig tray = new(removable: true);
        tray.Run(Cdbs.StartStop(2)).ShouldBeGood();
        tray.Run(Cdbs.StartStop(3)).ShouldBeGood();
        Assert.Equal([0, 4, 0x22, 4, 0, 0, 0, 0, 0, 6, 0x22, 4, 0, 0, 0, 1], tray.Run(Cdbs.LogSense(0x0E)).DataIn[4..]);
    }

    [Fact]
    public void There_is_no_sensor_and_no_exception()
    {
        Assert.Equal([0, 0, 0x23, 2, 0, 0xFF, 0, 1, 0x23, 2, 0, 0xFF], _rig.Run(Cdbs.LogSense(0x0D)).DataIn[4..]);
        Assert.Equal([0, 0, 0x23, 4, 0, 0, 0xFF, 0], _rig.Run(Cdbs.LogSense(0x2F)).DataIn[4..]);
    }

    [Fact]
    public void Threads_that_count_together_lose_nothing()
    {
        UnitCounters counters = new();
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                counters.Add(UnitCounter.Reads, UnitCounter.BlocksRead, 2, UnitCounter.ReadTime, 1);
            }
        });
        Assert.Equal((80_000UL, 160_000UL, 80_000UL, 0UL), (counters[UnitCounter.Reads], counters[UnitCounter.BlocksRead], counters[UnitCounter.ReadTime], counters[UnitCounter.Writes]));
        counters.Reset(UnitCounter.Reads);
        Assert.Equal((0UL, 160_000UL), (counters[UnitCounter.Reads], counters[UnitCounter.BlocksRead]));
    }

    private static List<int> Codes(byte[] page)
    {
        List<int> codes = [];
        for (int at = 4; at < page.Length; at += 4 + page[at + 3])
        {
            codes.Add(BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(at)));
        }

        return codes;
    }

    private ulong Count(byte page, ushort code) => BinaryPrimitives.ReadUInt64BigEndian(Parameter(page, code));

    private byte[] Parameter(byte page, ushort code, byte control = 1)
    {
        byte[] data = _rig.Run(Cdbs.LogSense(page, control: control)).DataIn;
        for (int at = 4; at < data.Length; at += 4 + data[at + 3])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(at)) == code)
            {
                return data.AsSpan(at + 4, data[at + 3]).ToArray();
            }
        }

        throw new InvalidOperationException($"page {page:X2}h has no parameter {code:X4}h");
    }
}
