namespace Blockwire.Storage.Tests.Pools;

/// <summary>The state on stable storage: what it says comes back, and no torn write takes more than itself.</summary>
public sealed class MirrorStateTests
{
    [Fact]
    public void A_record_comes_back_as_it_was()
    {
        MirrorRecord record = Record(7);
        MirrorRecord back = MirrorRecordCodec.Decode(MirrorRecordCodec.Encode(record))!;
        Assert.Equal(MirrorRecordCodec.Encode(record), MirrorRecordCodec.Encode(back));
        Assert.Equal((record.Mirror, 7UL, 1, "inode 5"), (back.Mirror, back.Generation, back.Owner, back.Members[1].Identity));
        Assert.Equal((MirrorMemberState.Out, 3UL), (back.Members[1].State, back.Members[1].LeftAt));
        Assert.True(back.Intent[2] && back.Members[1].Stale[11] && !back.Members[0].Stale[11]);
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_noticed()
    {
        byte[] bytes = MirrorRecordCodec.Encode(Record(7));
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            Assert.Null(MirrorRecordCodec.Decode(bytes));
            bytes[i] ^= 0x10;
        }
    }

    [Fact]
    public void A_write_torn_at_any_byte_leaves_the_state_before_it()
    {
        TearingStore store = new();
        MirrorStateFile file = new(store);
        file.Save(Record(1));
        file.Save(Record(2));
        byte[] before = [.. store.Content!];
        int length = MirrorRecordCodec.Encode(Record(3)).Length;
        for (int torn = 0; torn < length; torn++)
        {
            store.Content = [.. before];
            store.TearAt = torn;
            MirrorStateFile again = new(store);
            Assert.Equal(2UL, again.Load(out _)!.Generation);
            Assert.Throws<IOException>(() => again.Save(Record(3)));
            Assert.Equal(2UL, new MirrorStateFile(store).Load(out string? problem)!.Generation);
            Assert.Null(problem);
        }
    }

    [Fact]
    public void After_a_torn_write_the_same_half_is_written_again()
    {
        TearingStore store = new();
        MirrorStateFile file = new(store);
        file.Save(Record(1));
        store.TearAt = 100;
        Assert.Throws<IOException>(() => file.Save(Record(2)));
        store.TearAt = null;
        file.Save(Record(3));
        Assert.Equal(3UL, new MirrorStateFile(store).Load(out _)!.Generation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8191)]
    public void What_is_no_state_is_called_damaged(int length)
    {
        Assert.Null(new MirrorStateFile(new TearingStore { Content = new byte[length] }).Load(out string? problem));
        Assert.Equal("is damaged", problem);
    }

    [Fact]
    public void A_state_of_a_later_version_is_not_taken_for_damaged()
    {
        byte[] bytes = MirrorRecordCodec.Encode(Record(1));
        bytes[8] = 2;
        uint crc = uint.MaxValue;
        foreach (byte value in bytes.AsSpan(0, bytes.Length - 4)) crc = System.Numerics.BitOperations.Crc32C(crc, value);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), ~crc);
        Assert.Null(new MirrorStateFile(new TearingStore { Content = [.. bytes, .. bytes] }).Load(out string? problem));
        Assert.Contains("later version", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_file_is_made_whole_and_kept()
    {
        using TemporaryFile path = new();
        await using (MirrorStateFile file = new(new MirrorStoreInFile(path.Path)))
        {
            for (ulong generation = 1; generation <= 5; generation++) file.Save(Record(generation));
        }
        await using MirrorStateFile again = new(new MirrorStoreInFile(path.Path));
        Assert.Equal(5UL, again.Load(out _)!.Generation);
        Assert.False(File.Exists(path.Path + ".new"));
    }

    private static MirrorRecord Record(ulong generation)
    {
        MirrorRecord record = MirrorRecord.TryCreate(new Guid("11112222-3333-4444-5555-666677778888"), 512, 100, 8, 2)!;
        (record.Generation, record.Owner) = (generation, 1);
        (record.Members[1].State, record.Members[1].LeftAt, record.Members[1].Identity) = (MirrorMemberState.Out, 3, "inode 5");
        record.Intent[2] = true;
        record.Members[1].Stale[11] = true;
        return record;
    }

    private sealed class TearingStore : IMirrorStore
    {
        public byte[]? Content { get; set; }

        public int? TearAt { get; set; }

        public byte[]? Read() => Content;

        public void Create(ReadOnlySpan<byte> content) => Content = content.ToArray();

        public void Write(int offset, ReadOnlySpan<byte> content)
        {
            content[..(TearAt ?? content.Length)].CopyTo(Content.AsSpan(offset));
            if (TearAt is not null) throw new IOException("torn");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
