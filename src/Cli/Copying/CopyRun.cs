using System.Globalization;
using System.Text.Json.Nodes;
using Blockwire.Cli.Clients;

namespace Blockwire.Cli.Copying;

/// <summary>`blockwire copy`.</summary>
internal static class CopyRun
{
    public static async Task<int> RunAsync(ClientContext context, CopyArguments arguments, CancellationToken stop)
    {
        await using CopyEnd source = await CopyEnds.OpenSourceAsync(context, arguments.Source, stop);
        await using CopyEnd target = await CopyEnds.OpenTargetAsync(context, arguments.Target, source.LengthBytes, stop);
        long length = Check(source, target, arguments.AnySize);
        int granule = Math.Max(source.BlockBytes, target.BlockBytes);
        int chunk = Math.Max(granule, arguments.Block / granule * granule);
        ResumeFile? resume = arguments.Resume is { } file ? new ResumeFile(file) : null;
        resume?.Open(source, target);
        long begin = Math.Min(resume?.Done ?? 0, length);
        if (begin > 0 && !context.Json)
        {
            await context.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"going on at byte {begin}"));
        }

        TimeProvider time = context.Connector.Settings.Time;
        long since = time.GetTimestamp();
        CopyTally tally = new();
        Copier copier = new(source, target, resume?.TargetWasNew ?? target.IsNew, chunk, tally) { Checkpoint = resume is null ? null : resume.Save, Time = time };
        using (Progress(context, "copying", length, () => begin + tally.Written + tally.Zeroed + tally.Skipped))
        {
            await copier.RunAsync(begin, length, stop);
        }

        double seconds = time.GetElapsedTime(since).TotalSeconds;
        if (arguments.Verify)
        {
            using CopyProgress progress = Progress(context, "verifying", length, () => tally.Compared);
            await new Verifier(source, target, chunk, tally).RunAsync(length, stop);
        }

        resume?.Delete();
        await TellAsync(context, arguments, source, target, tally, length, begin, seconds);
        return ExitStatus.Done;
    }

    private static CopyProgress Progress(ClientContext context, string what, long total, Func<long> done) =>
        new(context.Error, !Console.IsErrorRedirected, context.Json, what, total, done, context.Connector.Settings.Time);

    private static long Check(CopyEnd source, CopyEnd target, bool anySize)
    {
        if (source.Identity == target.Identity)
        {
            throw new CliException($"source and target are the same disk: {source.Name} and {target.Name} are {source.Identity}");
        }

        if (target.IsReadOnly)
        {
            throw new CliException($"{target.Name}: the target is write protected; see to it where it is shared");
        }

        if (source.LengthBytes != target.LengthBytes && !anySize)
        {
            throw new CliException(string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Name} has {source.LengthBytes} bytes and {target.Name} has {target.LengthBytes} bytes; --any-size copies as many as both have"));
        }

        long length = Math.Min(source.LengthBytes, target.LengthBytes);
        int granule = Math.Max(source.BlockBytes, target.BlockBytes);
        return length % granule == 0 ? length : throw new CliException(string.Create(
            CultureInfo.InvariantCulture, $"{length} bytes are not whole blocks of {granule} bytes, which {(source.BlockBytes == granule ? source.Name : target.Name)} has; choose disks with one block size"));
    }

    private static async Task TellAsync(
        ClientContext context, CopyArguments arguments, CopyEnd source, CopyEnd target, CopyTally tally, long length, long begin, double seconds)
    {
        double rate = (length - begin) / Math.Max(seconds, 0.001);
        if (context.Json)
        {
            await context.WriteJsonAsync(new JsonObject
            {
                ["source"] = source.Name,
                ["target"] = target.Name,
                ["bytes"] = length,
                ["resumedAt"] = begin,
                ["written"] = tally.Written,
                ["zeroed"] = tally.Zeroed,
                ["skipped"] = tally.Skipped,
                ["verified"] = arguments.Verify,
                ["seconds"] = Math.Round(seconds, 3),
                ["bytesPerSecond"] = Math.Round(rate),
            });
            return;
        }

        await context.WriteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"copied {Sizes.Text(length)} in {seconds:0.0} s, {Sizes.Text(rate)}/s: {Sizes.Text(tally.Written)} written, {Sizes.Text(tally.Zeroed)} zeroed, {Sizes.Text(tally.Skipped)} of holes skipped{(arguments.Verify ? "; source and target are the same" : "")}\n"));
    }
}
