using System.Buffers.Binary;
using Blockwire.Scsi.Device.Copy;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Goal: a token stands for blocks as they were, for as long as they are so and it is used, at every unit of the target.</summary>
public sealed class TokenTests
{
    private readonly CopyRig _rig = new(new FakeDisk(), new FakeDisk(), new FakeDisk(4096));

    public TokenTests()
    {
        new Random(5).NextBytes(_rig.Disks[0].Bytes(0, 1024));
        _rig.Disks[1].Bytes(0, 1024).Fill(1);
    }

    [Fact]
    public void A_token_has_the_fields_that_the_standard_gives_it()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(3, 5), new BlockRun(10, 2)));
        Assert.Equal(512, token.Length);
        Assert.Equal(0x0080_0001u, BinaryPrimitives.ReadUInt32BigEndian(token));
        Assert.Equal(504, BinaryPrimitives.ReadUInt16BigEndian(token.AsSpan(6)));
        Assert.Equal(0xE4, token[16]);
        Assert.Equal(_rig.Units[0].Naa, BinaryPrimitives.ReadUInt64BigEndian(token.AsSpan(24)));
        Assert.Equal(7UL * 512, BinaryPrimitives.ReadUInt64BigEndian(token.AsSpan(56)));
        Assert.Equal(_rig.Run(Cdbs.ReadCapacity16()).DataIn[8..16], token[96..104]); // block length, protection, exponents and provisioning, as READ CAPACITY(16) has them
        Assert.NotEqual(token[480..], _rig.MakeToken(CopyData.Populate(new BlockRun(3, 5)))[480..]);
    }

    [Fact]
    public void A_token_is_written_at_another_unit_by_another_nexus_in_other_ranges()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(3, 5), new BlockRun(10, 3)));
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(100, 6), new BlockRun(200, 2)), 1, _rig.Second).ShouldBeGood();
        byte[] expected = [.. _rig.Disks[0].Bytes(3, 5), .. _rig.Disks[0].Bytes(10, 3)];
        byte[] found = [.. _rig.Disks[1].Bytes(100, 6), .. _rig.Disks[1].Bytes(200, 2)];
        Assert.Equal(expected, found);
        byte[] status = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReceiveRodTokenInformation, 512, 78), lun: 1, nexus: _rig.Second).DataIn;
        Assert.Equal((36, 0x11, 1, 0xF1, 8), (status.Length, status[4], status[5], status[15], status[23]));
    }

    [Fact]
    public void An_offset_skips_blocks_of_the_token()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(3, 5), new BlockRun(10, 3)));
        _rig.WriteToken(CopyData.Write(token, 6, new BlockRun(100, 2)), 1).ShouldBeGood();
        Assert.True(_rig.Disks[1].Bytes(100, 2).SequenceEqual(_rig.Disks[0].Bytes(11, 2)));
        _rig.WriteToken(CopyData.Write(token, 6, new BlockRun(100, 3)), 1).ShouldBe(Sense.InvalidFieldInParameterList(8));
        _rig.WriteToken(CopyData.Write(token, ulong.MaxValue, new BlockRun(100, 1)), 1).ShouldBe(Sense.InvalidFieldInParameterList(8));
    }

    [Fact]
    public void A_token_of_other_blocks_is_written_in_whole_blocks()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 16)));
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(4, 2)), 2).ShouldBeGood();
        Assert.True(_rig.Disks[2].Bytes(4, 2).SequenceEqual(_rig.Disks[0].Bytes(8, 16)));
        token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 4), new BlockRun(20, 4)));
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(4, 1)), 2).ShouldBe(Sense.InvalidFieldInParameterList(8));
    }

    [Theory]
    [InlineData(7, 1, false)]
    [InlineData(8, 1, true)]
    [InlineData(12, 1, true)]
    [InlineData(13, 1, false)]
    [InlineData(0, 100, true)]
    public void A_change_of_its_blocks_revokes_a_token(uint lba, ushort blocks, bool revoked)
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        _rig.Run(Cdbs.Ten(OperationCode.Write10, lba, blocks), new byte[blocks * 512]).ShouldBeGood();
        Outcome write = _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1);
        if (revoked)
        {
            write.ShouldBe(Sense.InvalidToken(0x06));
            Assert.Equal(1, _rig.Disks[1].Bytes(0, 1)[0]);
        }
        else
        {
            write.ShouldBeGood();
        }
    }

    [Theory]
    [InlineData("UNMAP")]
    [InlineData("WRITE SAME")]
    [InlineData("COMPARE AND WRITE")]
    [InlineData("EXTENDED COPY")]
    public void Every_way_to_change_blocks_revokes(string way)
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        byte[] unmap = Cdbs.UnmapList(new UnmapDescriptor(9, 1));
        byte[] same = [.. _rig.Disks[0].Bytes(9, 1), .. new byte[512]];
        Outcome change = way switch
        {
            "UNMAP" => _rig.Run(Cdbs.Unmap(unmap.Length), unmap),
            "WRITE SAME" => _rig.Run(Cdbs.Ten(OperationCode.WriteSame10, 9, 1), new byte[512]),
            "COMPARE AND WRITE" => _rig.Run(Cdbs.CompareAndWrite(9, 1), same),
            _ => _rig.Copy(CopyData.Short(0, _rig.All, new CopySegment(1, 0, 1, 0, 9))),
        };
        change.ShouldBeGood();
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1).ShouldBe(Sense.InvalidToken(0x06));
    }

    [Fact]
    public void A_change_in_mid_copy_ends_it_before_changed_data_is_written()
    {
        CopyRig rig = new(new FakeDisk(512, 4096), new FakeDisk(512, 4096));
        rig.Disks[0].Bytes(0, 4096).Fill(7);
        byte[] token = rig.MakeToken(CopyData.Populate(new BlockRun(0, 4000)));
        bool changed = false;
        rig.Disks[1].OnCall = _ =>
        {
            if (!changed)
            {
                changed = true;
                rig.Run(Cdbs.Ten(OperationCode.Write10, 3999, 1), new byte[512], nexus: rig.Second).ShouldBeGood();
            }
        };
        rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 4000)), 1).ShouldBe(Sense.InvalidToken(0x06));
        Assert.Equal((7, 0), (rig.Disks[1].Bytes(0, 1)[0], rig.Disks[1].Bytes(3000, 1)[0]));
    }

    [Fact]
    public void An_unused_token_expires_and_a_used_one_does_not()
    {
        byte[] token = _rig.MakeToken(CopyData.PopulateFor(30, 0, new BlockRun(8, 5)));
        _rig.Time.Pass(29);
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1).ShouldBeGood();
        _rig.Time.Pass(29);
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1).ShouldBeGood();
        _rig.Time.Pass(30);
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1).ShouldBe(Sense.InvalidToken(0x07));
        byte[] other = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        _rig.Time.Pass(59);
        _rig.WriteToken(CopyData.Write(other, 0, new BlockRun(0, 5)), 1).ShouldBeGood();
        _rig.Time.Pass(60);
        _rig.WriteToken(CopyData.Write(other, 0, new BlockRun(0, 5)), 1).ShouldBe(Sense.InvalidToken(0x07));
    }

    [Fact]
    public void A_token_that_is_none_is_refused_with_the_reason()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        Shown(0, 0x01).ShouldBe(Sense.InvalidToken(0x01));
        Shown(7, 0xF9).ShouldBe(Sense.InvalidToken(0x0A));
        Shown(8, 0xEE).ShouldBe(Sense.InvalidToken(0x04));
        Shown(511, 0xEE).ShouldBe(Sense.InvalidToken(0x05));
        _rig.Target.TargetReset(_rig.Second, powerOn: true);
        _rig.Run(Cdbs.TestUnitReady, lun: 1).ShouldBe(Sense.PowerOnOccurred);
        _rig.WriteToken(CopyData.Write(token, 0, new BlockRun(0, 5)), 1).ShouldBe(Sense.InvalidToken(0x04));

        Outcome Shown(int at, byte value)
        {
            byte[] spoilt = [.. token];
            spoilt[at] = value;
            return _rig.WriteToken(CopyData.Write(spoilt, 0, new BlockRun(0, 5)), 1);
        }
    }

    [Fact]
    public void A_token_can_be_deleted_with_its_last_write()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        byte[] list = CopyData.Write(token, 0, new BlockRun(0, 5));
        list[2] = 2;
        _rig.WriteToken(list, 1).ShouldBeGood();
        _rig.WriteToken(list, 1).ShouldBe(Sense.InvalidToken(0x09));
    }

    [Fact]
    public void The_zero_token_writes_zeros_and_needs_no_other()
    {
        byte[] zero = new byte[512];
        BinaryPrimitives.WriteUInt32BigEndian(zero, 0xFFFF_0001);
        _rig.WriteToken(CopyData.Write(zero, 0, new BlockRun(4, 5)), 1).ShouldBeGood();
        Assert.False(_rig.Disks[1].Bytes(4, 5).ContainsAnyExcept((byte)0));
        Assert.Equal((1, 1, true), (_rig.Disks[1].Bytes(9, 1)[0], _rig.Disks[1].Zeroings, _rig.Disks[1].LastZeroingMayUnmap));
    }

    [Fact]
    public void A_write_can_go_on_behind_its_command()
    {
        byte[] token = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)), 0);
        byte[] list = CopyData.Write(token, 0, new BlockRun(20, 5));
        list[2] = 1;
        _rig.WriteToken(list, 0).ShouldBeGood();
        Assert.Equal(1, _rig.StateAtTheEnd(78));
        Assert.True(_rig.Disks[0].Bytes(20, 5).SequenceEqual(_rig.Disks[0].Bytes(8, 5)));
        Assert.Equal(512, _rig.MakeToken(CopyData.PopulateFor(0, 1, new BlockRun(8, 5))).Length);
    }

    [Fact]
    public void All_tokens_are_reported_without_what_makes_them_valid()
    {
        byte[] first = _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        byte[] second = _rig.MakeToken(CopyData.Populate(new BlockRun(0, 1)), 1);
        byte[] report = _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReportAllRodTokens, 4096), lun: 2).DataIn;
        Assert.Equal((200, 196), (report.Length, (int)BinaryPrimitives.ReadUInt32BigEndian(report)));
        byte[] expected = [.. first[..96], .. second[..96]];
        Assert.Equal(expected, report[8..]);
    }

    [Fact]
    public void Wrong_lists_are_refused_by_their_place()
    {
        Populate(0, CopyData.Populate(new BlockRun(1020, 5))).ShouldBe(Sense.LbaOutOfRange(1024));
        Populate(0, CopyData.Populate(new BlockRun(8, 5), new BlockRun(12, 1))).ShouldBe(Sense.InvalidFieldInParameterList(32));
        Populate(0, CopyData.Populate()).ShouldBe(Sense.InvalidFieldInParameterList(14));
        Populate(0, CopyData.PopulateFor(601, 0, new BlockRun(8, 5))).ShouldBe(Sense.InvalidFieldInParameterList(4));
        Populate(0, CopyData.PopulateFor(0, 2, new BlockRun(8, 5))).ShouldBe(Sense.InvalidFieldInParameterList(8));
        byte[] list = CopyData.Populate(new BlockRun(8, 5));
        Populate(0, [.. list[..15], 15, .. list[16..]]).ShouldBe(Sense.InvalidFieldInParameterList(14));
        Populate(0, [0, 10, .. list[2..]]).ShouldBe(Sense.InvalidFieldInParameterList(0));
        Populate(0, list[..15]).ShouldBe(Sense.ParameterListLengthError);
        Populate(0, list[..31]).ShouldBe(Sense.ParameterListLengthError);
        _rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 0, 1 << 16), []).ShouldBe(Sense.InvalidFieldInCdb(10));
        FakeDisk large = new() { Traits = new FakeDisk().Traits with { BlockCount = 1 << 30 } };
        CopyRig rig = new(large);
        list = CopyData.Populate(new BlockRun(0, 1 << 19));
        rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 0, list.Length), list).ShouldBeGood();
        list = CopyData.Populate(new BlockRun(0, 1), new BlockRun(1, 1 << 19));
        rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 0, list.Length), list).ShouldBe(Sense.InvalidFieldInParameterList(32 + 8));

        Outcome Populate(uint lun, byte[] parameters) => _rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 1, parameters.Length), parameters, lun);
    }

    [Fact]
    public void Tokens_are_bounded_and_unwatched_when_they_have_gone()
    {
        for (int i = 0; i < 256; i++)
        {
            _rig.MakeToken(CopyData.Populate(new BlockRun(8, 5)));
        }

        byte[] list = CopyData.Populate(new BlockRun(8, 5));
        _rig.Run(Cdbs.Token(ServiceAction.PopulateToken, 1, list.Length), list).ShouldBe(Sense.InsufficientTokenResources);
        _rig.Run(Cdbs.Ten(OperationCode.Write10, 8, 1), new byte[512]).ShouldBeGood();
        Assert.Equal(8, _rig.Run(Cdbs.Copy(CopyRig.In, ServiceAction.ReportAllRodTokens, 4096)).DataIn.Length);
        _rig.MakeToken(list);
    }
}
