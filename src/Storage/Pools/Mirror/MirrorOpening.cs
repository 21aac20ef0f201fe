using System.Globalization;

namespace Blockwire.Storage;

/// <summary>Opens `mirror:(DISK,DISK)`.</summary>
internal static class MirrorOpening
{
    private const string StateName = "state", SourceName = "source", DegradedName = "degraded", CopySuffix = ".mirror";

    public static readonly DiskType Type = new("mirror", DiskBody.Members, OpenAsync)
    {
        // The members' blocks are the pool's.
        WithoutOptions = ["block"],
        OwnOptions =
        [
            DiskOption.Own(StateName, "state=FILE", static text => text is { Length: > 0 } && !text.Contains('\0')),
            DiskOption.Own(SourceName, "source=N with N being a member's number from 1", static text => TryReadNumber(text, out int number) && number is >= 1 and <= 64),
            DiskOption.Own(DegradedName, "degraded", static text => text is null),
        ],
    };

    /// <summary>Where a member's copy of the state lies: beside its first file, a step further for each mirror in between. Null when it has none.</summary>
    internal static string? CopyPathOf(DiskSpec member)
    {
        // What lies in /dev is gone with the next start of the machine.
        if (member.Path is { } path) return path.StartsWith("/dev/", StringComparison.Ordinal) ? null : path + CopySuffix;
        string? below = member.Members.Select(CopyPathOf).FirstOrDefault(static it => it is not null);
        return below is null || member.Type != Type ? below : below + CopySuffix;
    }

    private static async ValueTask<DiskMedium> OpenAsync(DiskSpec spec, DiskCatalog catalog, DiskOpening opening, CancellationToken cancellationToken)
    {
        PoolTraits.CheckMembers(spec);
        if (spec.ReadOnly) spec.MakeReadOnly();
        spec.OwnOptions.TryGetValue(StateName, out string? statePath);
        MirrorMember[] members = [.. spec.Members.Select(member => MemberOf(member, catalog, opening, hasCopy: statePath is null))];
        bool isVolatile = members.All(static it => it.IsVolatile);
        if (statePath is null && !isVolatile && members.All(static it => it.CopyPath is null))
            throw new DiskOpenException(spec.ToString(), "none of its members has a place beside it for the mirror's state", "name a file for it with ?state=FILE");
        OpenDisk?[] open = new OpenDisk?[members.Length];
        MirrorStateFile? shared = statePath is null ? null : new MirrorStateFile(new MirrorStoreInFile(statePath));
        try
        {
            MirrorFindings findings = await FindAsync(spec, members, open, shared, cancellationToken).ConfigureAwait(false);
            MirrorRecord start = MirrorAssembly.Start(findings with { SharedPath = statePath }, Guid.NewGuid);
            CheckWritable(spec, open);
            MirrorSetup setup = new(spec.ToString(), members, start)
            {
                IsReadOnly = spec.ReadOnly,
                Shared = shared,
                Time = opening.Time,
                Report = opening.Mirror,
                Away = [.. findings.Members.Select(static it => it.Problem)],
            };
            return new DiskMedium(await MirrorDisk.StartAsync(setup, open).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            foreach (OpenDisk? disk in open)
            {
                if (disk is not null) await disk.DisposeAsync().ConfigureAwait(false);
            }
            if (shared is not null) await shared.DisposeAsync().ConfigureAwait(false);
            if (e is MirrorRefusalException refusal) throw new DiskOpenException(spec.ToString(), refusal.Problem, refusal.Advice, refusal);
            throw;
        }
    }

    private static MirrorMember MemberOf(DiskSpec member, DiskCatalog catalog, DiskOpening opening, bool hasCopy) =>
        new(member.ToString(), cancellationToken => catalog.OpenAsync(member, opening, cancellationToken))
        {
            IsRemote = Any(member, static it => it.Type.IsRemote),
            IsVolatile = member.IsVolatile,
            CopyPath = hasCopy && !member.IsVolatile ? CopyPathOf(member) : null,
        };

    private static async Task<MirrorFindings> FindAsync(
        DiskSpec spec, MirrorMember[] members, OpenDisk?[] open, MirrorStateFile? shared, CancellationToken cancellationToken)
    {
        MirrorFinding[] found = new MirrorFinding[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            string? copyProblem = null;
            MirrorRecord? copy = members[i].CopyPath is { } path ? new MirrorStateFile(members[i].Store(path)).Load(out copyProblem) : null;
            bool isNew = spec.Members[i] is { Path: { } file, SizeBytes: not null } && !File.Exists(file);
            try
            {
                open[i] = await members[i].Open(cancellationToken).ConfigureAwait(false);
                found[i] = members[i].Find(open[i]!, copy, copyProblem);
                if (copy is null) found[i] = found[i] with { IsBlank = isNew || found[i].IsVolatile || await IsBlankAsync(open[i]!.Device, cancellationToken).ConfigureAwait(false) };
            }
            catch (DiskOpenException problem)
            {
                found[i] = new MirrorFinding(members[i].Name, problem.Message) { CopyPath = members[i].CopyPath, Copy = copy, CopyProblem = copyProblem };
            }
        }
        PoolTraits.CheckBlocks(spec, [.. open.OfType<OpenDisk>().Select(static it => (it.Spec, it.Device.Traits)).DefaultIfEmpty((spec, PoolTraits.None))]);
        string? sharedProblem = null;
        MirrorRecord? state = shared?.Load(out sharedProblem);
        int? source = spec.OwnOptions.TryGetValue(SourceName, out string? text) && TryReadNumber(text, out int number) ? number - 1 : null;
        if (source >= members.Length) throw new DiskOpenException(spec.ToString(), $"it has no member {source + 1}", $"choose source=1 to {members.Length}");
        return new MirrorFindings(found)
        {
            Shared = state,
            SharedProblem = sharedProblem,
            Source = source,
            Degraded = spec.OwnOptions.ContainsKey(DegradedName),
        };
    }

    /// <summary>One hole from end to end reads as zeros.</summary>
    private static async Task<bool> IsBlankAsync(GuardedDevice device, CancellationToken cancellationToken)
    {
        ExtentStatus extent = await device.QueryExtentAsync(0, device.Traits.BlockCount, cancellationToken).ConfigureAwait(false);
        return extent is { Status: IoStatus.Ok, State: ProvisioningState.Deallocated } && extent.BlockCount == device.Traits.BlockCount;
    }

    private static void CheckWritable(DiskSpec spec, OpenDisk?[] open)
    {
        if (spec.ReadOnly) return;
        if (Array.Find(open, static it => it is { Device.Traits.ReadOnly: true }) is { } readOnly)
            throw new DiskOpenException(spec.ToString(), $"{readOnly.Spec} is read-only, and a mirror writes to all its members", "drop its readonly, or add ?readonly to the mirror");
    }

    private static bool Any(DiskSpec spec, Predicate<DiskSpec> holds) => holds(spec) || spec.Members.Any(member => Any(member, holds));

    private static bool TryReadNumber(string? text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
