using System.Buffers.Binary;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>
/// Goal: what hypervisors ask before they offload, and then do, works from end to end. Method: the commands in the order in which ESXi probes the four VAAI primitives, and in
/// which Windows copies by offloaded data transfer.
/// </summary>
public sealed class HypervisorTests
{
    private readonly CopyRig _rig = new(new FakeDisk(512, 8192), new FakeDisk(512, 8192));

    [Fact]
    public void ESXi_finds_all_four_primitives_and_uses_them()
    {
        new Random(9).NextBytes(_rig.Disks[0].Bytes(0, 8192));
        Assert.Equal(0x08, _rig.Run(Cdbs.Inquiry()).DataIn[5] & 0x08);
        byte[] pages = _rig.Run(Cdbs.Inquiry(PageCodes.Vpd.SupportedPages)).DataIn;
        Assert.All<byte>([0x83, 0x8F, 0xB0, 0xB2], page => Assert.Contains(page, pages[4..]));
        BlockLimitsPage limits = BlockLimitsPage.Parse(_rig.Run(Cdbs.Inquiry(PageCodes.Vpd.BlockLimits)).DataIn)!.Value;
        Assert.True(limits.MaximumCompareAndWrite >= 1 && limits.MaximumUnmap > 0 && limits.MaximumUnmapDescriptors > 0 && limits.MaximumWriteSame > 0);
        byte[] provisioning = _rig.Run(Cdbs.Inquiry(PageCodes.Vpd.LogicalBlockProvisioning)).DataIn;
        Assert.Equal(0xE0, provisioning[5] & 0xE0);
        CopyLimits copies = CopyLimits.Parse(_rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveCopyOperatingParameters, 520)).DataIn)!;
        Assert.True(copies.MaximumDisks >= 2 && copies.MaximumSegments >= 1 && copies.MaximumSegmentBytes >= 4 << 20);

        // ATS: take a free lock record, and find it taken.
        byte[] free = _rig.Disks[0].Bytes(0, 1).ToArray(), taken = [.. Enumerable.Repeat((byte)0xA7, 512)];
        _rig.Run(Cdbs.CompareAndWrite(0, 1), [.. free, .. taken]).ShouldBeGood();
        Assert.Equal(SenseKey.Miscompare, _rig.Run(Cdbs.CompareAndWrite(0, 1), [.. free, .. taken], nexus: _rig.Second).Sense?.Key);

        // Clone: 4 MiB to the other disk, by the names that page 83h gives.
        _rig.Copy(CopyData.Short(7, _rig.All, new CopySegment(0, 1, 8192, 0, 0))).ShouldBeGood();
        Assert.True(_rig.Disks[1].Bytes(0, 8192).SequenceEqual(_rig.Disks[0].Bytes(0, 8192)));

        // Zero and delete.
        _rig.Run(Cdbs.Sixteen(OperationCode.WriteSame16, 16, 2048), new byte[512], lun: 1).ShouldBeGood();
        Assert.False(_rig.Disks[1].Bytes(16, 2048).ContainsAnyExcept((byte)0));
        byte[] unmap = Cdbs.UnmapList(new UnmapDescriptor(4096, 2048), new UnmapDescriptor(5000, 100));
        _rig.Run(Cdbs.Unmap(unmap.Length), unmap, lun: 1).ShouldBeGood();
        Assert.Equal(1, LbaStatusDescriptor.ParseAll(_rig.Run(Cdbs.LbaStatus(4096), lun: 1).DataIn)[0].ProvisioningStatus);
    }

    [Fact]
    public void Windows_copies_a_file_by_tokens()
    {
        new Random(10).NextBytes(_rig.Disks[0].Bytes(0, 8192));
        byte[] page = _rig.Run(Cdbs.Inquiry(PageCodes.Vpd.ThirdPartyCopy, 4096)).DataIn;
        Dictionary<ushort, byte[]> descriptors = Descriptors(page);
        byte[] limits = descriptors[0x0000];
        Assert.Equal((36, 64), (limits.Length, BinaryPrimitives.ReadUInt16BigEndian(limits.AsSpan(10))));
        Assert.Equal((256UL << 20) / 512, BinaryPrimitives.ReadUInt64BigEndian(limits.AsSpan(20)));

        byte[] populate = CopyData.PopulateFor(0, 0, new BlockRun(100, 1000), new BlockRun(3000, 500));
        _rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 0x1001, populate.Length), populate).ShouldBeGood();
        byte[] answer = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveRodTokenInformation, 4096, 0x1001)).DataIn;
        Assert.Equal((0x10, 1, 0, 0xF1, 1500UL), (answer[4], answer[5], answer[12], answer[15], BinaryPrimitives.ReadUInt64BigEndian(answer.AsSpan(16))));
        byte[] token = _rig.TokenOf(0x1001);

        byte[] write = CopyData.Write(token, 0, new BlockRun(0, 700), new BlockRun(7000, 800));
        _rig.Run(Cdbs.Token(ServiceAction.WriteUsingToken, 0x1002, write.Length), write, lun: 1).ShouldBeGood();
        answer = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveRodTokenInformation, 4096, 0x1002), lun: 1).DataIn;
        Assert.Equal((0x11, 1, 0, 1500UL), (answer[4], answer[5], answer[12], BinaryPrimitives.ReadUInt64BigEndian(answer.AsSpan(16))));
        byte[] expected = [.. _rig.Disks[0].Bytes(100, 1000), .. _rig.Disks[0].Bytes(3000, 500)];
        byte[] found = [.. _rig.Disks[1].Bytes(0, 700), .. _rig.Disks[1].Bytes(7000, 800)];
        Assert.Equal(expected, found);
    }

    [Fact]
    public void The_third_party_copy_page_is_well_formed_and_tells_what_the_command_table_has()
    {
        Dictionary<ushort, byte[]> descriptors = Descriptors(_rig.Run(Cdbs.Inquiry(PageCodes.Vpd.ThirdPartyCopy, 4096)).DataIn);
        Assert.Equal<ushort>([0x0000, 0x0001, 0x0004, 0x0008, 0x000C, 0x0106, 0x0108, 0x8001], descriptors.Keys.ToArray());
        Assert.Equal([15, 0x83, 5, 0x00, 0x01, 0x10, 0x11, 0x1C, 0x84, 6, 0x00, 0x03, 0x04, 0x05, 0x07, 0x08], descriptors[0x0001][4..]);
        Assert.Equal([2, 0x02, 0xE4, 0], descriptors[0x0008][4..]);
        byte[] types = descriptors[0x0108];
        Assert.Equal((0x0080_0001u, 3, 0xFFFF_0001u, 2), (BinaryPrimitives.ReadUInt32BigEndian(types.AsSpan(8)), types[12], BinaryPrimitives.ReadUInt32BigEndian(types.AsSpan(72)), types[76]));
    }

    /// <summary>The descriptors of page 8Fh, in its order, each with its header.</summary>
    private static Dictionary<ushort, byte[]> Descriptors(byte[] page)
    {
        Assert.Equal((0x8F, page.Length - 4), (page[1], BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(2))));
        Dictionary<ushort, byte[]> all = [];
        for (int at = 4; at < page.Length;)
        {
            int length = 4 + BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(at + 2));
            Assert.Equal(0, length % 4);
            all.Add(BinaryPrimitives.ReadUInt16BigEndian(page.AsSpan(at)), page[at..(at + length)]);
            at += length;
        }

        return all;
    }
}
