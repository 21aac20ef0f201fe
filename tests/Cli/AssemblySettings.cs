// Tests start processes and listen on ports; one after the other is quick enough and easier to read when one fails.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
