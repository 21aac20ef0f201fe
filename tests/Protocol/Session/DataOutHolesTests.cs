using Blockwire.Protocol.Session;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>The bytes that were passed over, against a model that has a flag for each.</summary>
public class DataOutHolesTests
{
    private const int Bytes = 200, Sequences = 4;

    private enum Flag
    {
        Come,
        Missing,
        Lost,
    }

    [Fact]
    public void Holes_are_what_a_map_of_all_bytes_says() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), Run).QuickCheckThrowOnFailure();

    private static void Run(int seed)
    {
        Random random = new(seed);
        DataOutHoles holes = new();
        Flag[] model = new Flag[Bytes];
        for (int step = 0; step < 200; step++)
        {
            int sequence = random.Next(Sequences) * (Bytes / Sequences);
            int begin = sequence + random.Next(Bytes / Sequences);
            int end = begin + random.Next(1, sequence + (Bytes / Sequences) - begin + 1);
            Span<Flag> range = model.AsSpan(begin..end);
            switch (random.Next(4))
            {
                case 0 when !range.ContainsAnyExcept(Flag.Come):
                    Assert.True(holes.Add((uint)begin, (uint)end, (uint)sequence));
                    range.Fill(Flag.Missing);
                    break;
                case 1:
                    // What is missing in one piece for the model may be two pieces here, noted one before the other.
                    if (holes.Contains((uint)begin, (uint)end))
                    {
                        Assert.False(range.ContainsAnyExcept(Flag.Missing));
                        Assert.True(holes.Fill((uint)begin, (uint)end));
                        range.Clear();
                    }

                    break;
                case 2 when random.Next(4) == 0:
                    Span<Flag> whole = model.AsSpan(sequence, Bytes / Sequences);
                    Assert.Equal(whole.ContainsAnyExcept(Flag.Come), holes.Lose((uint)sequence, (uint)(sequence + (Bytes / Sequences)), rounds: (byte)(sequence / 10)));
                    whole.Replace(Flag.Missing, Flag.Lost);
                    break;
                default:
                    Ask(random, holes, model);
                    break;
            }

            Assert.Equal(!model.AsSpan().ContainsAnyExcept(Flag.Come), holes.IsEmpty);
        }
    }

    private static void Ask(Random random, DataOutHoles holes, Flag[] model)
    {
        int limit = random.Next(Bytes + 1);
        int first = Array.IndexOf(model, Flag.Lost);
        bool lost = first >= 0 && first < limit;
        Assert.Equal(lost, holes.LosesBefore((uint)limit));
        int most = random.Next(1, 40);
        Assert.Equal(lost, holes.TryTakeLost((uint)limit, (uint)most, out (uint Begin, uint End, byte Rounds) range));
        if (lost)
        {
            Assert.Equal((uint)first, range.Begin);
            Assert.InRange(range.End, range.Begin + 1, (uint)Math.Min(limit, first + most));
            Assert.Equal(first / (Bytes / Sequences) * (Bytes / Sequences) / 10, range.Rounds);
            Span<Flag> taken = model.AsSpan((int)range.Begin, (int)(range.End - range.Begin));
            Assert.False(taken.ContainsAnyExcept(Flag.Lost));
            taken.Clear();
        }
    }

    [Fact]
    public void There_are_no_more_pieces_than_the_bound()
    {
        DataOutHoles holes = new();
        for (uint i = 0; i < DataOutHoles.MostPieces; i++)
        {
            Assert.True(holes.Add(4 * i, (4 * i) + 3, 0));
        }

        Assert.False(holes.Add(1_000_000, 1_000_001, 0));
        Assert.False(holes.Fill(1, 2));
        Assert.True(holes.Fill(0, 1));
        holes.Clear();
        Assert.True(holes.IsEmpty);
        Assert.True(holes.Add(0, 1, 0));
    }
}
