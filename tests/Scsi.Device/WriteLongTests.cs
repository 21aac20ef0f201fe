using System.Text;
using Blockwire.Scsi.Device.Marks;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Pseudo unrecovered errors (SBC-3 §4.18.2): blocks that WRITE LONG marks cannot be read until they are written, whatever happens in between.</summary>
#pragma warning disable CA1001 // the disk is an array
public sealed class WriteLongTests
#pragma warning restore CA1001
{
    private const byte Correctable = 0x40, NotCorrectable = 0xC0, Physical = 0x20;

    private readonly FakeStateStore _store = new();
    private readonly FakeDisk _disk = new();
    private readonly Rig _rig;

    public WriteLongTests() => _rig = new(_disk, state: _store);

    public static TheoryData<string> Readers => ["READ(6)", "READ(10)", "READ(12)", "READ(16)", "VERIFY(10)", "COMPARE AND WRITE", "ORWRITE(16)"];

    [Theory]
    [InlineData(false, Correctable)]
    [InlineData(true, Correctable)]
    [InlineData(false, NotCorrectable)]
    public void A_marked_block_is_told_by_its_address(bool isSixteen, byte flags)
    {
        Mark(7, flags, isSixteen).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 16)).ShouldBe(Sense.MarkedBadByClient(7));
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 7, 1)).ShouldBe(new SenseData(SenseKey.MediumError, 0x11, 0x14, 7));
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 7)).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 8, 8)).ShouldBeGood();
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Whatever_reads_it_fails(string name)
    {
        CommandSpec row = CommandTable.Thin.Rows.Single(it => it.Name == name);
        (byte[] cdb, byte[] data) = GoodExamples.For(row);
        for (uint lba = 0; lba < 16; lba++)
        {
            Mark(lba).ShouldBeGood();
        }

        Assert.Equal((SenseKey.MediumError, (byte)0x11, (byte)0x14), _rig.Run(cdb, data).Sense is { } sense ? (sense.Key, sense.Asc, sense.Ascq) : default);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("write same")]
    [InlineData("unmap")]
    [InlineData("reassign")]
    [InlineData("format")]
    public void What_writes_it_mends_it_for_good(string how)
    {
        Mark(7).ShouldBeGood();
        Mark(100).ShouldBeGood();
        (byte[] cdb, byte[] data) = how switch
        {
            "write" => (Cdbs.Ten(OperationCode.Write10, 6, 4), new byte[4 * 512]),
            "write same" => (Cdbs.Ten(OperationCode.WriteSame10, 0, 50), new byte[512]),
            "unmap" => (Cdbs.Unmap(Cdbs.UnmapList(new UnmapDescriptor(7, 1)).Length), Cdbs.UnmapList(new UnmapDescriptor(7, 1))),
            "reassign" => ([OperationCode.ReassignBlocks, 0, 0, 0, 0, 0], [0, 0, 0, 4, 0, 0, 0, 7]),
            _ => (Cdbs.Format(0), Array.Empty<byte>()),
        };
        _rig.Run(cdb, data).ShouldBeGood();
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 7, 1)).ShouldBeGood();
        Rig again = new(_disk, state: _store);
        again.Run(Cdbs.Ten(OperationCode.Read10, 7, 1)).ShouldBeGood();
        Outcome other = again.Run(Cdbs.Ten(OperationCode.Read10, 100, 1));
        Assert.Equal(how == "format" ? null : Sense.MarkedBadByClient(100), other.Sense);
    }

    [Fact]
    public void A_write_that_failed_mends_nothing()
    {
        Mark(7).ShouldBeGood();
        _disk.Failure = IoStatus.WriteError;
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 7, 1), new byte[512]).ShouldBe(Sense.WriteError(7));
        _disk.Failure = IoStatus.Ok;
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 7, 1)).ShouldBe(Sense.MarkedBadByClient(7));
    }

    [Fact]
    public void A_write_whose_mending_cannot_be_kept_fails()
    {
        Mark(7).ShouldBeGood();
        _store.Fails = true;
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 7, 1), new byte[512]).ShouldBe(Sense.WriteError(7));
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 8, 1), new byte[512]).ShouldBeGood();
        Mark(9).ShouldBe(Sense.InternalTargetFailure);
        _rig.Run(Cdbs.Ten(OperationCode.Read10, 9, 1)).ShouldBeGood();
    }

    [Fact]
    public void With_PBLOCK_all_of_the_physical_block_is_marked()
    {
        Rig rig = new(new FakeDisk(physicalBytes: 4096));
        rig.Run(Cdb(13, Correctable | Physical, false)).ShouldBeGood();
        rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 8)).ShouldBeGood();
        rig.Run(Cdbs.Ten(OperationCode.Read10, 0, 9)).ShouldBe(Sense.MarkedBadByClient(8));
        rig.Run(Cdbs.Ten(OperationCode.Read10, 15, 2)).ShouldBe(Sense.MarkedBadByClient(15));
        rig.Run(Cdbs.Ten(OperationCode.Read10, 16, 1)).ShouldBeGood();
    }

    [Fact]
    public void What_it_cannot_do_is_refused()
    {
        _rig.Run(Cdb(7, 0, false)).ShouldBe(Sense.InvalidFieldInCdb(1, 6));
        _rig.Run(Cdb(7, 0x80, true)).ShouldBe(Sense.InvalidFieldInCdb(1, 6));
        _rig.Run(Cdb(7, Correctable | Physical, false)).ShouldBe(Sense.InvalidFieldInCdb(1, 5));
        Mark(1024).ShouldBe(Sense.LbaOutOfRange(1024));
    }

    [Fact]
    public void So_many_blocks_are_marked_and_no_more()
    {
        Rig rig = new(new FakeDisk(blockCount: 4096));
        for (uint lba = 0; lba < MarkedBlocks.Most; lba++)
        {
            rig.Run(Cdb(lba * 2, Correctable, false)).ShouldBeGood();
        }

        rig.Run(Cdb(1, Correctable, false)).ShouldBe(Sense.InsufficientResources);
        rig.Run(Cdb(2, Correctable, false)).ShouldBeGood(); // it is marked already
    }

    [Fact]
    public void Pages_of_marked_blocks_are_not_lent()
    {
        _disk.Lends = true;
        Mark(7).ShouldBeGood();
        _rig.Run(_rig.First, Cdbs.Ten(OperationCode.Read10, 0, 16), lend: true).ShouldBe(Sense.MarkedBadByClient(7));
        _rig.Run(_rig.First, Cdbs.Ten(OperationCode.Read10, 16, 16), lend: true).ShouldBeGood();
    }

    [Fact]
    public async Task A_disk_that_takes_streamed_data_still_does()
    {
        await using MemoryDisk disk = new(1 << 20);
        Assert.Equal(disk.TakesStreamedData, new LogicalUnit(0, disk, new() { Identity = "x" }).Device.TakesStreamedData);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{ "blocks": [-1] }""")]
    [InlineData("""{ "blocks": "7" }""")]
    public void A_document_that_is_none_is_refused_at_the_start(string document)
    {
        _store.Documents[MarkedBlocks.DocumentName] = Encoding.UTF8.GetBytes(document);
        Assert.Throws<UnitStateException>(() => new Rig(_disk, state: _store));
    }

    private static byte[] Cdb(uint lba, byte flags, bool isSixteen) => isSixteen
        ? Cdbs.Sixteen(OperationCode.ServiceActionOut16, lba, 512, (byte)(flags | ServiceAction.WriteLong16))
        : Cdbs.Ten(OperationCode.WriteLong10, lba, 512, flags);

    private Outcome Mark(uint lba, byte flags = Correctable, bool isSixteen = false) => _rig.Run(Cdb(lba, flags, isSixteen));
}
