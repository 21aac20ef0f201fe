using Blockwire.Cli.Logging;

namespace Blockwire.Cli.Tests.Logging;

/// <summary>A log never holds up whoever writes to it. Method: a writer that a test holds inside a write, as a full pipe would.</summary>
public sealed class LogLinesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void What_a_stuck_reader_leaves_no_room_for_is_dropped_and_counted_in_its_place()
    {
        using HeldWriter writer = new();
        using (LogLines lines = new(writer, static lost => $"{lost} lost\n", capacity: 3))
        {
            lines.Add("first\n");
            writer.WaitUntilHeld();
            for (int at = 0; at < 5; at++)
            {
                lines.Add($"{at}\n");
            }

            writer.LetGo();
            writer.WaitForFlushes(2);
            lines.Add("last\n");
        }

        Assert.Equal("first\n0\n1\n2\n2 lost\nlast\n", writer.ToString());
    }

    [Fact]
    public void Nothing_is_lost_while_there_is_room()
    {
        using StringWriter writer = new();
        string[] lines = [.. Enumerable.Range(0, LogLines.Capacity).Select(static at => $"{at}\n")];
        using (LogLines log = new(writer, static lost => $"{lost} lost\n"))
        {
            Array.ForEach(lines, log.Add);
        }

        Assert.Equal(string.Concat(lines), writer.ToString());
    }

    [Fact]
    public void The_end_does_not_wait_for_a_reader_that_is_stuck()
    {
        using HeldWriter writer = new();
        LogLines lines = new(writer, static lost => $"{lost} lost\n");
        lines.Add("first\n");
        writer.WaitUntilHeld();

        lines.Dispose();
        lines.Add("late\n");

        writer.LetGo();
        writer.WaitForFlushes(1);
        Assert.Equal("first\n", writer.ToString());
    }

    [Fact]
    public void A_writer_that_fails_is_left_alone()
    {
        using BrokenWriter writer = new();
        using LogLines lines = new(writer, static lost => $"{lost} lost\n");
        lines.Add("unheard\n");
        Assert.True(writer.Failed.Wait(Limit));
        lines.Add("unheard too\n");
        lines.Dispose();

        Assert.Equal(1, writer.Writes);
    }

    /// <summary>Holds the first write until it is let go.</summary>
    private sealed class HeldWriter : StringWriter
    {
        private readonly ManualResetEventSlim _held = new();
        private readonly ManualResetEventSlim _go = new();
        private readonly SemaphoreSlim _flushes = new(0);

        public void WaitUntilHeld() => Assert.True(_held.Wait(Limit));

        public void LetGo() => _go.Set();

        public void WaitForFlushes(int count)
        {
            for (int seen = 0; seen < count; seen++)
            {
                Assert.True(_flushes.Wait(Limit));
            }
        }

        public override void Write(string? value)
        {
            _held.Set();
            Assert.True(_go.Wait(Limit));
            base.Write(value);
        }

        public override void Flush() => _flushes.Release();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _held.Dispose();
                _go.Dispose();
                _flushes.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private sealed class BrokenWriter : StringWriter
    {
        public ManualResetEventSlim Failed { get; } = new();

        public int Writes { get; private set; }

        public override void Write(string? value)
        {
            Writes++;
            Failed.Set();
            throw new IOException("Broken pipe");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Failed.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
